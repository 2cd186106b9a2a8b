import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigSubscriber, LastKnownGood, type SubscriberEvent } from "@bastide/config-stream";
import {
  ApiClient,
  endpoints,
  Route,
  routeKey,
  StreamMessage,
  type StreamVersion,
} from "@bastide/contracts";
import type { Config } from "../config.ts";
import type { Log } from "../observe/log.ts";
import type { RouteChange } from "../table/route-table.ts";

/** What the stream needs of the gateway. */
export interface TableUser {
  /** Puts changes into force between two requests; throws when they make no table, then the one before stays. */
  change(changes: readonly RouteChange[]): void;
  /** Instances that left the table and still have requests. */
  busy(): string[];
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
  log: Log,
): ConfigSubscriber<Route> {
  const client = new ApiClient({
    baseUrl: config.BASTIDE_CONTROL_URL,
    token: async () => (await readFile(config.BASTIDE_TOKEN_FILE, "utf8")).trim(),
  });
  const parameters = { gateway: config.BASTIDE_GATEWAY };
  const { table, acknowledge } = endpoints.gateways;
  return new ConfigSubscriber<Route>({
    open: (since, signal) =>
      client.lines(table, StreamMessage, { parameters, query: since ?? {}, signal }),
    acknowledge: async (version, unmentioned, signal) => {
      const report = { busy: user.busy().slice(0, MAX_BUSY) };
      const body = { version, report, unmentioned: [...unmentioned] };
      await client.call(acknowledge, { parameters, body, signal });
    },
    parse: parseRoute,
    applyChanges: (changes) => user.change(changes),
    lastKnownGood: new LastKnownGood(join(config.BASTIDE_STATE_DIR, "table")),
    onEvent: teller(log),
  });
}

/** A value of the stream. Throws when it is no route, or is not under its own key. */
export function parseRoute(key: string, value: unknown): Route {
  const route = Route.parse(value);
  if (routeKey(route) !== key)
    throw new TypeError(`the route of ${route.host}${route.path} came under the key ${key}`);
  return route;
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
