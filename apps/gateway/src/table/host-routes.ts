import { areRivals, type Asked, failsByMethodOnly, matches, rankOf } from "./conditions.ts";
import { type CompiledRoute, describeRoute } from "./compiled-route.ts";
import { InvalidTable } from "./invalid-table.ts";

type ByPath = ReadonlyMap<string, readonly CompiledRoute[]>;

/** Most hosts have one route and need none. */
interface PathIndex {
  readonly exact: ByPath;
  readonly prefixes: ByPath;
  readonly longestPrefix: number;
}

/**
 * All routes of one host, immutable. An exact path wins over a prefix, a longer prefix over a shorter one, more
 * conditions over fewer. A route whose conditions a request does not meet is passed over for the next one.
 */
export class HostRoutes {
  readonly all: readonly CompiledRoute[];
  /** Whether the path decides anything: then it must have one reading only. */
  readonly dependsOnPath: boolean;
  /** PEM of those whose certificates any of the routes wants of clients: at the handshake the path is not known yet. */
  readonly clientAuthorities: readonly string[];
  /** The one route that there is, if it is for all requests. */
  readonly #only: CompiledRoute | undefined;
  readonly #index: PathIndex | undefined;

  /** Throws InvalidTable when some request would have two routes; the message names both. */
  constructor(routes: readonly CompiledRoute[]) {
    const [first] = routes;
    this.all = routes;
    this.dependsOnPath = routes.some(({ isExact, path }) => isExact || path !== "");
    this.clientAuthorities = [
      ...new Set(routes.flatMap(({ clientAuthorities }) => clientAuthorities)),
    ];
    this.#only =
      routes.length === 1 && !this.dependsOnPath && !first?.conditions ? first : undefined;
    this.#index = this.#only ? undefined : indexOf(routes);
  }

  /** The route of a path as it came, without its query. */
  find(path: string, asked: Asked): CompiledRoute | undefined {
    if (this.#only) return this.#only;
    for (const routes of this.#candidates(path))
      for (const route of routes) if (matches(route.conditions, asked)) return route;
    return undefined;
  }

  /** Methods that would find a route where this one finds none. */
  methodsFor(path: string, asked: Asked): string[] {
    const methods = new Set<string>();
    for (const routes of this.#candidates(path))
      for (const { conditions } of routes)
        if (conditions && failsByMethodOnly(conditions, asked))
          for (const method of conditions.methods ?? []) methods.add(method);
    return [...methods].toSorted();
  }

  /** From the most specific path to the least. Looks only where a route can be, however long the path is. */
  *#candidates(path: string): Generator<readonly CompiledRoute[]> {
    if (!this.#index) return;
    const { exact, prefixes, longestPrefix } = this.#index;
    const same = exact.get(path);
    if (same) yield same;
    let end = lastEnd(path, longestPrefix);
    while (end >= 0) {
      const found = prefixes.get(path.slice(0, end));
      if (found) yield found;
      end = end === 0 ? -1 : Math.max(0, path.lastIndexOf("/", end - 1));
    }
  }
}

function indexOf(routes: readonly CompiledRoute[]): PathIndex {
  const prefixes = byPath(routes.filter(({ isExact }) => !isExact));
  return {
    exact: byPath(routes.filter(({ isExact }) => isExact)),
    prefixes,
    longestPrefix: Math.max(0, ...Array.from(prefixes.keys(), ({ length }) => length)),
  };
}

/** Where the last segment ends that begins a prefix of at most `longest` characters. */
function lastEnd(path: string, longest: number): number {
  if (path.length <= longest) return path.length;
  return Math.max(0, path.lastIndexOf("/", longest));
}

function byPath(routes: readonly CompiledRoute[]): ByPath {
  const found = new Map<string, CompiledRoute[]>();
  for (const route of routes) {
    const there = found.get(route.path);
    const rival = there?.find(({ conditions }) => areRivals(conditions, route.conditions));
    if (rival)
      throw new InvalidTable(
        `two routes overlap: ${describeRoute(rival)}, and ${describeRoute(route)}; take one away, or give one more conditions`,
      );
    if (there) there.push(route);
    else found.set(route.path, [route]);
  }
  for (const there of found.values())
    there.sort((a, b) => rankOf(b.conditions) - rankOf(a.conditions));
  return found;
}
