import { areRivals, type Asked, failsByMethodOnly, matches, rankOf } from "./conditions.ts";
import { type CompiledRoute, describeRoute, InvalidTable } from "./compiled-route.ts";

type ByPath = Map<string, CompiledRoute[]>;

/**
 * All routes of one host, immutable. An exact path wins over a prefix, a longer prefix over a shorter one, more
 * conditions over fewer. A route whose conditions a request does not meet is passed over for the next one.
 */
export class HostRoutes {
  readonly all: readonly CompiledRoute[];
  /** Whether the path decides anything: then it must have one reading only. */
  readonly dependsOnPath: boolean;
  readonly #exact: ByPath;
  readonly #prefixes: ByPath;
  readonly #longestPrefix: number;

  /** Throws InvalidTable when some request would have two routes; the message names both. */
  constructor(routes: readonly CompiledRoute[]) {
    this.all = routes;
    this.#exact = byPath(routes.filter(({ isExact }) => isExact));
    this.#prefixes = byPath(routes.filter(({ isExact }) => !isExact));
    this.#longestPrefix = Math.max(0, ...Array.from(this.#prefixes.keys(), ({ length }) => length));
    this.dependsOnPath = routes.some(({ isExact, path }) => isExact || path !== "");
  }

  /** The route of a path as it came, without its query. */
  find(path: string, asked: Asked): CompiledRoute | undefined {
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
    const exact = this.#exact.get(path);
    if (exact) yield exact;
    let end = lastEnd(path, this.#longestPrefix);
    while (end >= 0) {
      const found = this.#prefixes.get(path.slice(0, end));
      if (found) yield found;
      end = end === 0 ? -1 : Math.max(0, path.lastIndexOf("/", end - 1));
    }
  }
}

/** Where the last segment ends that begins a prefix of at most `longest` characters. */
function lastEnd(path: string, longest: number): number {
  if (path.length <= longest) return path.length;
  return Math.max(0, path.lastIndexOf("/", longest));
}

function byPath(routes: readonly CompiledRoute[]): ByPath {
  const found: ByPath = new Map();
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
