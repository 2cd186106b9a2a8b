import type { Route } from "@bastide/contracts";
import type { Trust } from "../authorization/trust.ts";
import { type EntryChange, isRoute, isRouteKey } from "../control/entry.ts";
import type { Routing } from "../routing.ts";
import type { TlsState } from "../tls/tls-state.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

type TableMessage = Extract<ToWorker, { type: "table" }>;

/** What a table is put into force by. */
export interface TableKeepers {
  readonly routing: Routing;
  readonly trust: Trust;
  readonly tls: TlsState;
}

/** Puts what the primary says of the table into force between two requests, whole or not at all, and says so. */
export function takeTable(keepers: TableKeepers, { id, whole, changes }: TableMessage): FromWorker {
  try {
    putIntoForce(keepers, changes, whole);
    return { type: "applied", id, busy: keepers.routing.busy() };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { type: "refused", id, reason };
  }
}

/** Throws, having changed nothing, when the changes are no table. */
export function putIntoForce(
  { routing, trust, tls }: TableKeepers,
  changes: readonly EntryChange[],
  isWhole: boolean,
): void {
  const preparedTrust = trust.prepare(changes, isWhole);
  const preparedTls = tls.prepare(changes, isWhole);
  const routes = changes.flatMap(([key, entry]) =>
    isRouteKey(key) ? [[key, entry && isRoute(entry) ? entry : undefined] as const] : [],
  );
  if (isWhole) routing.apply(routesOf(routes), routesOf(routes));
  else if (routes.length > 0 || !routing.table) routing.change(new Map(routes));
  trust.commit(preparedTrust);
  if (preparedTls) tls.commit(preparedTls);
}

const routesOf = (entries: readonly (readonly [string, Route | undefined])[]): Route[] =>
  entries.flatMap(([, route]) => route ?? []);
