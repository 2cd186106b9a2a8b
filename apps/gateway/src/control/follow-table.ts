import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ConfigSubscriber,
  LastKnownGood,
  type Sealing,
  type SubscriberEvent,
} from "@bastide/config-stream";
import { ApiClient, endpoints, StreamMessage, type StreamVersion } from "@bastide/contracts";
import type { Config } from "../config.ts";
import type { Log } from "../observe/log.ts";
import { parseEntry, type TableEntry } from "./table-entry.ts";

/** What the stream needs of the gateway. */
export interface TableUser {
  /**
   * Puts a whole state into force between two requests; throws when it is no table, then the one before stays.
   * `isRestored`: it is the last known good one.
   */
  apply(
    state: ReadonlyMap<string, TableEntry>,
    changed: readonly string[],
    isRestored: boolean,
  ): void;
  /** Instances that left the table and still have requests. */
  busy(): string[];
}

/** The table as it is followed. */
export interface FollowedTable {
  readonly connected: boolean;
  /** Puts the last known good table into force, then follows the control plane. */
  start(): Promise<void>;
  /** Reports again what is busy. */
  acknowledgeAgain(): void;
  stop(): Promise<void>;
}

/** Longest report, in instances (`GatewayReport`). */
const MAX_BUSY = 10_000;

/** Follows the control plane's table for ever; it begins with the last known good one on disk. */
export function followTable(
  config: Pick<
    Config,
    "BASTIDE_CONTROL_URL" | "BASTIDE_GATEWAY" | "BASTIDE_TOKEN_FILE" | "BASTIDE_STATE_DIR"
  >,
  user: TableUser,
  sealing: Sealing,
  log: Log,
): FollowedTable {
  const client = new ApiClient({
    baseUrl: config.BASTIDE_CONTROL_URL,
    token: async () => (await readFile(config.BASTIDE_TOKEN_FILE, "utf8")).trim(),
  });
  const parameters = { gateway: config.BASTIDE_GATEWAY };
  const { table, acknowledge } = endpoints.gateways;
  let isRestored = true;
  const subscriber = new ConfigSubscriber<TableEntry>({
    open: (since, signal) =>
      client.lines(table, StreamMessage, { parameters, query: since ?? {}, signal }),
    acknowledge: async (version, unmentioned, signal) => {
      const report = { busy: user.busy().slice(0, MAX_BUSY) };
      const body = { version, report, unmentioned: [...unmentioned] };
      await client.call(acknowledge, { parameters, body, signal });
    },
    parse: parseEntry,
    apply: (state, changed) => user.apply(state, changed, isRestored),
    lastKnownGood: new LastKnownGood(join(config.BASTIDE_STATE_DIR, "table"), sealing),
    onEvent: teller(log),
  });
  return {
    get connected() {
      return subscriber.connected;
    },
    async start() {
      await subscriber.start();
      isRestored = false;
    },
    acknowledgeAgain: () => subscriber.acknowledgeAgain(),
    stop: () => subscriber.stop(),
  };
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
