import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { eventStream } from "./event-stream.ts";

async function* of(...items: unknown[]): AsyncGenerator {
  yield* items;
}

/** A source that gives nothing until it is ended. */
function silent(): { items: AsyncIterable<unknown>; ended: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const never = new Promise<IteratorResult<unknown>>(() => undefined);
  const iterator = {
    next: () => never,
    return: async () => {
      resolve();
      return { done: true as const, value: undefined };
    },
  };
  return { items: { [Symbol.asyncIterator]: () => iterator }, ended: promise };
}

const collect = (items: AsyncIterable<string>): Promise<string[]> => Readable.from(items).toArray();

describe("eventStream", () => {
  it("opens with a comment and sends each item as JSON on one line", async () => {
    const sent = await collect(eventStream(of({ text: "a\nb" }, 2), new AbortController().signal));
    expect(sent).toEqual([":\n\n", 'data: {"text":"a\\nb"}\n\n', "data: 2\n\n"]);
  });

  it("sends a comment when nothing happens", async () => {
    const stream = eventStream(silent().items, new AbortController().signal, 5);
    await stream.next();
    expect((await stream.next()).value).toBe(":\n\n");
    await stream.return(undefined);
  });

  it("ends at once, and its source with it, when the client goes away", async () => {
    const controller = new AbortController();
    const { items, ended } = silent();
    const all = collect(eventStream(items, controller.signal));
    controller.abort();
    expect(await all).toEqual([":\n\n"]);
    await ended;
  });

  it("asks its source for one item at a time", async () => {
    let asked = 0;
    const items = (async function* () {
      for (;;) yield ++asked;
    })();
    const stream = eventStream(items, new AbortController().signal);
    await stream.next();
    await stream.next();
    expect(asked).toBeLessThanOrEqual(2);
    await stream.return(undefined);
  });
});
