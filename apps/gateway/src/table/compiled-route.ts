import {
  type Route,
  type RouteConditions,
  routeKey,
  type RouteSettings,
  type Upstream,
} from "@bastide/contracts";
import { normalisePattern } from "./host.ts";

/** A table that cannot be put into force; the one before it stays. */
export class InvalidTable extends Error {
  override readonly name = "InvalidTable";
}

/** A route as requests meet it. */
export interface CompiledRoute {
  /** Its key in the config stream: what is counted for a route is kept under it. */
  readonly key: string;
  readonly host: string;
  /** Of a prefix without trailing slashes (`""` for all paths), of an exact path as it is. */
  readonly path: string;
  readonly isExact: boolean;
  readonly conditions: RouteConditions | undefined;
  readonly owner: string;
  /** Only those that get requests. */
  readonly upstreams: readonly Upstream[];
  /** All of them, those of weight 0 included. */
  readonly named: readonly Upstream[];
  readonly whenEmpty: Route["whenEmpty"];
  /** The very object of the route before, as long as they say the same. */
  readonly settings: RouteSettings;
}

const NONE: RouteSettings = {};

/** Throws InvalidTable when the host is none. */
export function compileRoute(route: Route, before: CompiledRoute | undefined): CompiledRoute {
  const { owner, upstreams, whenEmpty, conditions, settings = NONE } = route;
  const isExact = route.pathMatch === "exact";
  return {
    key: routeKey(route),
    host: before?.host ?? hostOf(route),
    path: isExact ? route.path : route.path.replace(/\/+$/, ""),
    isExact,
    conditions,
    owner,
    named: upstreams,
    upstreams: upstreams.every(({ weight }) => weight > 0)
      ? upstreams
      : upstreams.filter(({ weight }) => weight > 0),
    whenEmpty,
    settings: before && isSame(before.settings, settings) ? before.settings : settings,
  };
}

/** For messages: what tells the route from others. */
export function describeRoute({ host, path, isExact, conditions, owner }: CompiledRoute): string {
  const where = `${host}${isExact ? path : path || "/"}${isExact ? " (exact)" : ""}`;
  const when = conditions === undefined ? "" : ` when ${JSON.stringify(conditions)}`;
  return `${where}${when} of ${owner}`;
}

function hostOf({ host }: Route): string {
  const normalised = normalisePattern(host);
  if (normalised === undefined) throw new InvalidTable(`${JSON.stringify(host)} is not a host`);
  return normalised;
}

const isSame = (a: RouteSettings, b: RouteSettings): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);
