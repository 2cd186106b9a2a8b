import { Route, routeKey } from "@bastide/contracts";

/** One value of the config stream, checked. Its kind is the key's first word: `route/…`. */
export type Entry = Route;

/** What each kind of key holds. A kind that is not here refuses the message: it may be what protects a route. */
const KINDS: Readonly<Record<string, (key: string, value: unknown) => Entry>> = {
  route: parseRoute,
};

/** Throws when the value is none of its key's kind, or the kind is unknown. */
export function parseEntry(key: string, value: unknown): Entry {
  const kind = key.slice(0, Math.max(0, key.indexOf("/")));
  const parse = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!parse)
    throw new TypeError(
      `the key ${key.slice(0, 100)} is of a kind that this gateway does not know; upgrade the gateway`,
    );
  return parse(key, value);
}

/** Throws when it is no route, or is not under its own key. */
function parseRoute(key: string, value: unknown): Route {
  const route = Route.parse(value);
  if (routeKey(route) !== key)
    throw new TypeError(`the route of ${route.host}${route.path} came under the key ${key}`);
  return route;
}
