import { type Route, routeKey, type Upstream } from "@bastide/contracts";
import { normaliseHost } from "./host.ts";

/** A route as requests meet it: its path without trailing slashes (`""` for all), and only upstreams that get requests. */
export interface CompiledRoute {
  /** Its key in the config stream. */
  readonly key: string;
  readonly host: string;
  readonly prefix: string;
  readonly owner: string;
  readonly upstreams: readonly Upstream[];
  /** Every upstream that the table names for it, those without weight included. */
  readonly named: readonly Upstream[];
  readonly whenEmpty: Route["whenEmpty"];
}

export type Address = Pick<Upstream, "host" | "port">;

/** A table that cannot be put into force; the one before it stays. */
export class InvalidTable extends Error {
  override readonly name = "InvalidTable";
}

/** What a change of the table says of one key: its route, or that it has none any more. */
export type RouteChanges = ReadonlyMap<string, Route | undefined>;

/**
 * All routes at one moment. It changes only between two requests, whole or not at all, and a change costs what it
 * changes, not what the table holds. The exact host decides first, then the longest path prefix that ends where a
 * segment ends.
 */
export class RouteTable {
  readonly #routes = new Map<string, CompiledRoute>();
  readonly #hosts = new Map<string, readonly CompiledRoute[]>();
  readonly #instances = new Map<string, number>();
  readonly #addresses = new Map<string, number>();

  /** Throws InvalidTable when a host is none, or two routes have the same host and path. */
  constructor(routes: Iterable<Route> = []) {
    this.change(changesOf(routes));
  }

  /** How many hosts have a route. */
  get hosts(): number {
    return this.#hosts.size;
  }

  /** Every instance that the table names, as it is now. */
  get instances(): Pick<ReadonlySet<string>, "has"> {
    return this.#instances;
  }

  /** Every address that the table names, under the key that `addressKey` makes, as it is now. */
  get addresses(): Pick<ReadonlySet<string>, "has"> {
    return this.#addresses;
  }

  get routes(): Iterable<CompiledRoute> {
    return this.#routes.values();
  }

  /** The route of a normalised host and a request's path, without its query. */
  find(host: string, path: string): CompiledRoute | undefined {
    return this.#hosts.get(host)?.find(({ prefix }) => isUnder(path, prefix));
  }

  hasHost(host: string): boolean {
    return this.#hosts.has(host);
  }

  /** Throws InvalidTable, having changed nothing. Gives the addresses that are not in the table any more. */
  change(changes: RouteChanges): readonly Address[] {
    const compiled = new Map(
      Array.from(changes, ([key, route]) => [key, route && compile(key, route)] as const),
    );
    const hosts = this.#affected(compiled);
    const left: Address[] = [];
    for (const [key, route] of compiled) if (route) this.#put(key, route);
    for (const before of hosts.leaving) left.push(...this.#leave(before));
    for (const [key, route] of compiled) if (!route) this.#routes.delete(key);
    for (const [host, paths] of hosts.paths)
      if (paths.length === 0) this.#hosts.delete(host);
      else this.#hosts.set(host, paths);
    return left;
  }

  /** The hosts that change, as they will be, and the routes that are there no more or are replaced. */
  #affected(compiled: ReadonlyMap<string, CompiledRoute | undefined>): Affected {
    const leaving = [...compiled.keys()].flatMap((key) => this.#routes.get(key) ?? []);
    const gone = new Set(leaving);
    const paths = new Map<string, CompiledRoute[]>();
    const pathsOf = (host: string): CompiledRoute[] => {
      const known = paths.get(host);
      if (known) return known;
      const kept = (this.#hosts.get(host) ?? []).filter((route) => !gone.has(route));
      paths.set(host, kept);
      return kept;
    };
    for (const { host } of leaving) pathsOf(host);
    for (const route of compiled.values()) if (route) addPath(pathsOf(route.host), route);
    return { leaving, paths };
  }

  #put(key: string, route: CompiledRoute): void {
    this.#routes.set(key, route);
    for (const upstream of route.named) {
      increase(this.#instances, upstream.instance);
      increase(this.#addresses, addressKey(upstream));
    }
  }

  #leave(route: CompiledRoute): Address[] {
    return route.named.filter((upstream) => {
      decrease(this.#instances, upstream.instance);
      return decrease(this.#addresses, addressKey(upstream));
    });
  }
}

/** Routes as changes that put them into a table. Throws InvalidTable when one is there twice. */
export function changesOf(routes: Iterable<Route>): Map<string, Route> {
  const changes = new Map<string, Route>();
  for (const route of routes) {
    const key = routeKey(route);
    if (changes.has(key)) throw new InvalidTable(`two routes have the key ${key}`);
    changes.set(key, route);
  }
  return changes;
}

interface Affected {
  readonly leaving: readonly CompiledRoute[];
  readonly paths: ReadonlyMap<string, readonly CompiledRoute[]>;
}

function addPath(paths: CompiledRoute[], route: CompiledRoute): void {
  const same = paths.find(({ prefix }) => prefix === route.prefix);
  if (same)
    throw new InvalidTable(`the two routes ${same.key} and ${route.key} are for the same requests`);
  const at = paths.findIndex(({ prefix }) => prefix.length < route.prefix.length);
  paths.splice(at < 0 ? paths.length : at, 0, route);
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** True when that was the last. */
function decrease(counts: Map<string, number>, key: string): boolean {
  const left = (counts.get(key) ?? 0) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
  return left <= 0;
}

/** How health and connection pools name an upstream's address. */
export function addressKey({ host, port }: Address): string {
  return `${host}:${port}`;
}

function compile(key: string, { host, path, owner, upstreams, whenEmpty }: Route): CompiledRoute {
  const normalised = normaliseHost(host);
  if (normalised === undefined) throw new InvalidTable(`${JSON.stringify(host)} is not a host`);
  return {
    key,
    host: normalised,
    prefix: path.replace(/\/+$/, ""),
    owner,
    upstreams: upstreams.filter(({ weight }) => weight > 0),
    named: upstreams,
    whenEmpty,
  };
}

function isUnder(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === "/");
}
