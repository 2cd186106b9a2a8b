import type { Route } from "@bastide/contracts";
import type { TlsState } from "../tls/tls-state.ts";
import { certificatesOf, challengesOf, routesOf, type TableEntry } from "./table-entry.ts";

export interface TableParts {
  /** Puts routes into force between two requests; throws when they are no table, then those before stay. */
  readonly routing: { apply(routes: Iterable<Route>, changed: Iterable<Route>): void };
  readonly tls: TlsState;
}

/**
 * Puts a whole state of the stream into force in one step, routes and certificates together, or throws having changed
 * nothing. `isTrusted`: the state was checked before it was saved, so that 50,000 certificates need not be checked again.
 */
export function applyTable(
  { routing, tls }: TableParts,
  state: ReadonlyMap<string, TableEntry>,
  changed: readonly string[],
  isTrusted: boolean,
): void {
  const touched = changed.map((key) => state.get(key));
  const isTlsTouched = changed.some((key) => !key.startsWith("route/")) || asksClients(touched);
  const prepared =
    isTlsTouched || tls.asksClients
      ? tls.prepare({
          certificates: certificatesOf(state.values()),
          challenges: challengesOf(state.values()),
          routes: routesOf(state.values()),
          changed: isTrusted ? [] : certificatesOf(touched),
        })
      : undefined;
  routing.apply(routesOf(state.values()), routesOf(touched));
  if (prepared) tls.commit(prepared);
}

const asksClients = (touched: readonly (TableEntry | undefined)[]): boolean =>
  [...routesOf(touched)].some(({ settings }) => settings?.clientAuthorities !== undefined);
