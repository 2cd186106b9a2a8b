import {
  type Route,
  type RouteConditions,
  routeKey,
  type RouteSettings,
  type Upstream,
} from "@bastide/contracts";
import { PolicyFault, type RoutePolicy, routePolicyOf } from "../authorization/route-policy.ts";
import { readAuthorities } from "../tls/client-authorities.ts";
import { normalisePattern } from "./host.ts";
import { InvalidTable } from "./invalid-table.ts";

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
  /** What it asks of tokens; undefined where anybody is let in. As long as it says the same, the very same object. */
  readonly policy: RoutePolicy | undefined;
  /** PEM of those whose certificates clients need; none where they need no certificate. */
  readonly clientAuthorities: readonly string[];
}

const NONE: RouteSettings = {};

/** Throws InvalidTable when the host is none, the policy does not compile or a client authority cannot be read. */
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
    ...whatHolds(route, settings, before),
  };
}

type WhatHolds = Pick<CompiledRoute, "settings" | "policy" | "clientAuthorities">;

/** The settings and what they compile to; the very same objects as long as they say the same. */
function whatHolds(
  route: Route,
  settings: RouteSettings,
  before: CompiledRoute | undefined,
): WhatHolds {
  if (before && isSame(before.settings, settings))
    return {
      settings: before.settings,
      policy: before.owner === route.owner ? before.policy : policyOf(route),
      clientAuthorities: before.clientAuthorities,
    };
  return { settings, policy: policyOf(route), clientAuthorities: authoritiesOf(route) };
}

/** For messages: what tells the route from others. */
export function describeRoute({ host, path, isExact, conditions, owner }: CompiledRoute): string {
  const where = `${host}${isExact ? path : path || "/"}${isExact ? " (exact)" : ""}`;
  const when = conditions === undefined ? "" : ` when ${JSON.stringify(conditions)}`;
  return `${where}${when} of ${owner}`;
}

const authoritiesOf = ({ host, settings }: Route): string[] =>
  settings?.clientAuthorities === undefined
    ? []
    : readAuthorities(host, settings.clientAuthorities);

function policyOf(route: Route): RoutePolicy | undefined {
  try {
    return routePolicyOf(route);
  } catch (cause) {
    if (!(cause instanceof PolicyFault)) throw cause;
    const where = `${route.host}${route.path} of ${route.owner}`;
    throw new InvalidTable(`the policy of ${where} does not compile: ${cause.message}`, { cause });
  }
}

function hostOf({ host }: Route): string {
  const normalised = normalisePattern(host);
  if (normalised === undefined) throw new InvalidTable(`${JSON.stringify(host)} is not a host`);
  return normalised;
}

const isSame = (a: RouteSettings, b: RouteSettings): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);
