import { ConfigSubscriber, type SavedState, type SubscriberEvent } from "@bastide/config-stream";
import { ApiClient, endpoints, StreamMessage, type StreamVersion } from "@bastide/contracts";
import { secureFetch } from "@bastide/peer-tls";
import { dirname } from "node:path";
import type { Config } from "../config.ts";
import { peerCredentialsIn } from "../engine/peer-credentials.ts";
import type { Log } from "../observe/log.ts";
import type { EntryChanges } from "../worker/messages.ts";
import { LastHeard } from "./last-heard.ts";
import { type Entry, parseEntry } from "./entry.ts";
import type { SavedTable } from "./saved-table.ts";
import { type Place, seenFrom } from "./seen-from.ts";
import { tokenIn } from "./token-file.ts";

/** What the stream needs of the workers. */
export interface TableUser {
  /**
   * Puts changes into force everywhere; throws when that would be no table, then the one before stays. `isRestored`: it
   * is the last known good table, which was in force before.
   */
  apply(changes: EntryChanges, isRestored?: boolean): Promise<void>;
  /** Instances that left the table and still have requests. */
  readonly busy: readonly string[];
  controlIs(isConnected: boolean): void;
  /** The control plane was heard of so long ago. */
  heard(agoMs: number): void;
}

export interface FollowParts {
  readonly config: Pick<
    Config,
    "BASTIDE_CONTROL_URL" | "BASTIDE_GATEWAY" | "BASTIDE_TOKEN_FILE" | "BASTIDE_STATE_DIR"
  >;
  readonly saved: SavedTable;
  readonly user: TableUser;
  readonly log: Log;
  readonly onEvent: (event: SubscriberEvent) => void;
  /** Where to begin, in place of what is on disk. */
  readonly initial?: SavedState | undefined;
}

/** Longest report, in instances (`GatewayReport`). */
const MAX_BUSY = 10_000;

/** Follows the control plane's table for ever; it begins with the last known good one on disk. */
export function followTable({
  config,
  saved: onDisk,
  user,
  log,
  onEvent,
  initial,
}: FollowParts): ConfigSubscriber<Entry> {
  const client = clientOf(config);
  const place = placeOf(config);
  const tell = teller(log);
  const parameters = { gateway: config.BASTIDE_GATEWAY };
  const { table, acknowledge } = endpoints.gateways;
  const hear = hearing(config.BASTIDE_STATE_DIR, user);
  let restored: StreamVersion | undefined;
  return new ConfigSubscriber<Entry>({
    open: (since, signal) =>
      overheard(
        client.lines(table, StreamMessage, { parameters, query: since ?? {}, signal }),
        hear,
      ),
    acknowledge: async (version, unmentioned, signal) => {
      const report = { busy: user.busy.slice(0, MAX_BUSY) };
      const body = { version, report, unmentioned: [...unmentioned] };
      await client.call(acknowledge, { parameters, body, signal });
    },
    parse: (key, value) => seenFrom(place, parseEntry(key, value)),
    apply: (state, changed, version) =>
      user.apply(
        changed.map((key) => [key, state.get(key) ?? null] as const),
        version === restored,
      ),
    lastKnownGood: {
      async load(onCorrupt) {
        const saved = initial ?? (await onDisk.load(onCorrupt));
        restored = saved?.version;
        return saved;
      },
      save: (state) => onDisk.save(state),
    },
    onEvent: (event) => {
      if (event.type === "connected" || event.type === "disconnected")
        user.controlIs(event.type === "connected");
      tell(event);
      onEvent(event);
    },
  });
}

/** On the control plane's own machine by the loopback address; any other gateway proves itself, and has it prove itself. */
function clientOf({ BASTIDE_CONTROL_URL: baseUrl, BASTIDE_TOKEN_FILE }: FollowParts["config"]) {
  const token = tokenIn(BASTIDE_TOKEN_FILE, () => performance.now());
  if (!baseUrl.startsWith("https:")) return new ApiClient({ baseUrl, token });
  const own = peerCredentialsIn(dirname(BASTIDE_TOKEN_FILE));
  const peer = { kind: "control" } as const;
  const fetch = secureFetch({ peer, authority: () => own().authority, own });
  return new ApiClient({ baseUrl, token, fetch });
}

const placeOf = ({ BASTIDE_CONTROL_URL, BASTIDE_GATEWAY }: FollowParts["config"]): Place => ({
  node: BASTIDE_GATEWAY,
  controlHost: new URL(BASTIDE_CONTROL_URL).hostname.replaceAll(/[[\]]/g, ""),
});

/** Tells the user when the control plane was heard of last, also by the program before this one; to be called each time. */
function hearing(directory: string, user: TableUser): () => void {
  const lastHeard = new LastHeard(directory, Date.now);
  user.heard(lastHeard.agoMs());
  return () => {
    user.heard(0);
    lastHeard.now();
  };
}

/** Calls `hear` once each message was taken: what it said is in force by then. */
async function* overheard<Message>(
  messages: AsyncIterable<Message>,
  hear: () => void,
): AsyncGenerator<Message> {
  for await (const message of messages) {
    yield message;
    hear();
  }
}

/** Says each thing once as long as it stays the same: an absent control plane is tried again every two seconds. */
function teller(log: Log): (event: SubscriberEvent) => void {
  let last = "";
  return (event) => {
    const level = LEVELS[event.type];
    const { type, ...facts } = event;
    const told = JSON.stringify(event);
    if (!level || told === last) return;
    last = told;
    log(level, `table: ${type}`, "version" in facts ? plain(facts, facts.version) : facts);
  };
}

const plain = (facts: object, { epoch, sequence }: StreamVersion): Record<string, unknown> => ({
  ...facts,
  version: `${epoch}.${sequence}`,
});

/** Applied tables are many and say little: they are counted, not logged. */
const LEVELS: Readonly<Record<SubscriberEvent["type"], Parameters<Log>[0] | undefined>> = {
  connected: "info",
  disconnected: "warn",
  applied: undefined,
  rejected: "error",
  "history-held": "error",
  "corrupt-file": "error",
  "save-failed": "error",
};
