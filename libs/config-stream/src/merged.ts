import type { StreamMessage } from "@bastide/contracts";
import { sameVersion } from "./version.ts";

type Delta = Extract<StreamMessage, { type: "delta" }>;

/**
 * Messages in the order in which they come; deltas that came while the one before was dealt with come as one, with the
 * last word on each key. So whoever takes them falls behind by one step at most, however many there are. Who leaves
 * before the end must end `messages` too.
 */
export async function* merged(
  messages: AsyncIterable<StreamMessage>,
): AsyncGenerator<StreamMessage> {
  const waiting: StreamMessage[] = [];
  let wake: (() => void) | undefined;
  let end: { readonly error?: unknown } | undefined;
  const read = async (): Promise<void> => {
    for await (const message of messages) {
      waiting.push(message);
      wake?.();
    }
  };
  void read()
    .then(
      () => (end = {}),
      (error: unknown) => (end = { error }),
    )
    .then(() => wake?.());
  for (;;) {
    const next = takeMerged(waiting);
    if (next) yield next;
    else if (end) {
      if ("error" in end) throw end.error;
      return;
    } else await new Promise<void>((resolve) => (wake = resolve));
  }
}

function takeMerged(waiting: StreamMessage[]): StreamMessage | undefined {
  const first = waiting.shift();
  if (first?.type !== "delta") return first;
  const changes = new Map(first.changes.map((change) => [change.key, change]));
  let { version } = first;
  for (let next = waiting[0]; isNext(next, version); next = waiting[0]) {
    for (const change of next.changes) changes.set(change.key, change);
    ({ version } = next);
    waiting.shift();
  }
  return { ...first, version, changes: [...changes.values()] };
}

const isNext = (message: StreamMessage | undefined, version: Delta["version"]): message is Delta =>
  message?.type === "delta" && sameVersion(message.after, version);
