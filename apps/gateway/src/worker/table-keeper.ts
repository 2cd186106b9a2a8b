import type { Route } from "@bastide/contracts";
import type { Routing } from "../routing.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

type TableMessage = Extract<ToWorker, { type: "table" }>;

/** Puts what the primary says of the table into force between two requests, and says so. */
export function takeTable(routing: Routing, { id, whole, changes }: TableMessage): FromWorker {
  try {
    const entries = changes.map(([key, route]) => [key, route ?? undefined] as const);
    if (whole) routing.apply(routesOf(entries), routesOf(entries));
    else routing.change(new Map(entries));
    return { type: "applied", id, busy: routing.busy() };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { type: "refused", id, reason };
  }
}

const routesOf = (entries: readonly (readonly [string, Route | undefined])[]): Route[] =>
  entries.flatMap(([, route]) => route ?? []);
