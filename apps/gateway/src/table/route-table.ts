import { type Route, routeKey, type Upstream } from "@bastide/contracts";
import type { Asked } from "./conditions.ts";
import { type CompiledRoute, compileRoute } from "./compiled-route.ts";
import { Counts } from "./counts.ts";
import { wildcardsOf } from "./host.ts";
import { HostRoutes } from "./host-routes.ts";
import { InvalidTable } from "./invalid-table.ts";

export type Address = Pick<Upstream, "host" | "port" | "node"> &
  Partial<Pick<Upstream, "instance">>;

/** What a change of the table says of one key: its route, or that it has none any more. */
export type RouteChanges = ReadonlyMap<string, Route | undefined>;

const PLAIN: Asked = { method: "GET", headers: {} };

/**
 * All routes in force. It changes between two requests, whole or not at all, and only where something changed: the
 * routes of other hosts are the same objects as before. The host decides first: an exact one over a wildcard, a longer
 * wildcard over a shorter one; a host that has routes never falls back to a wildcard's.
 */
export class RouteTable {
  readonly #hosts = new Map<string, HostRoutes>();
  readonly #routes = new Map<string, CompiledRoute>();
  readonly #instances = new Counts();
  readonly #addresses = new Counts();
  #wildcards = 0;

  /** Throws InvalidTable when a host is none, or some request would have two routes. */
  constructor(routes: Iterable<Route> = []) {
    this.change(changesOf(routes));
  }

  /** How many hosts have a route. */
  get hosts(): number {
    return this.#hosts.size;
  }

  /** Every instance that the table names. */
  get instances(): Pick<ReadonlySet<string>, "has" | "size"> {
    return this.#instances;
  }

  /** Every address that the table names, under the key that `addressKey` makes. */
  get addresses(): Pick<ReadonlySet<string>, "has" | "size"> {
    return this.#addresses;
  }

  get routes(): Iterable<CompiledRoute> {
    return this.#routes.values();
  }

  has(key: string): boolean {
    return this.#routes.has(key);
  }

  /** The route of a normalised host, a request's path without its query, and what else it asks by. */
  find(host: string, path: string, asked: Asked = PLAIN): CompiledRoute | undefined {
    return this.routesOf(host)?.find(path, asked);
  }

  /** The routes that answer for a normalised host. */
  routesOf(host: string): HostRoutes | undefined {
    const exact = this.#hosts.get(host);
    if (exact !== undefined || this.#wildcards === 0) return exact;
    for (const wildcard of wildcardsOf(host)) {
      const found = this.#hosts.get(wildcard);
      if (found) return found;
    }
    return undefined;
  }

  /**
   * Puts changes into force, or throws InvalidTable and changes nothing. Costs what changes, not what there is. Gives
   * the addresses that no route names any more.
   */
  change(changes: RouteChanges): readonly Address[] {
    const compiled = new Map(
      Array.from(changes, ([key, route]) => [
        key,
        route && compileRoute(route, this.#routes.get(key)),
      ]),
    );
    const hosts = this.#rebuild(compiled);
    for (const [host, routes] of hosts) this.#setHost(host, routes);
    const left: Address[] = [];
    for (const [key, next] of compiled) this.#setRoute(key, next, left);
    return left.filter((address) => !this.#addresses.has(addressKey(address)));
  }

  /** The hosts that the changes touch, as they will be. */
  #rebuild(changes: ReadonlyMap<string, CompiledRoute | undefined>): Map<string, HostRoutes> {
    const touched = new Map<string, CompiledRoute[]>();
    for (const [key, next] of changes) {
      const host = next?.host ?? this.#routes.get(key)?.host;
      if (host === undefined) continue;
      const routes = touched.get(host) ?? this.#unchanged(host, changes);
      if (next) routes.push(next);
      touched.set(host, routes);
    }
    return new Map(Array.from(touched, ([host, routes]) => [host, new HostRoutes(routes)]));
  }

  #unchanged(host: string, changes: ReadonlyMap<string, unknown>): CompiledRoute[] {
    return (this.#hosts.get(host)?.all ?? []).filter(({ key }) => !changes.has(key));
  }

  #setHost(host: string, routes: HostRoutes): void {
    const isKept = routes.all.length > 0;
    if (host.startsWith("*")) this.#wildcards += Number(isKept) - Number(this.#hosts.has(host));
    if (isKept) this.#hosts.set(host, routes);
    else this.#hosts.delete(host);
  }

  /** New upstreams are counted before old ones are let go, so that one that stays is never without a count. */
  #setRoute(key: string, next: CompiledRoute | undefined, left: Address[]): void {
    const before = this.#routes.get(key);
    for (const upstream of next?.named ?? []) {
      this.#instances.add(upstream.instance);
      this.#addresses.add(addressKey(upstream));
    }
    for (const upstream of before?.named ?? []) {
      this.#instances.remove(upstream.instance);
      this.#addresses.remove(addressKey(upstream));
      left.push(upstream);
    }
    if (next) this.#routes.set(key, next);
    else this.#routes.delete(key);
  }
}

/** Kept by their keys, the first of two would be lost without a word. */
export const routeTwice = (key: string): InvalidTable =>
  new InvalidTable(
    `two routes overlap: ${key.replace(/^route\//, "")} is there twice; take one away, or give one more conditions`,
  );

/** Routes as changes that put them into a table. Throws InvalidTable when one is there twice. */
export function changesOf(routes: Iterable<Route>): Map<string, Route> {
  const changes = new Map<string, Route>();
  for (const route of routes) {
    const key = routeKey(route);
    if (changes.has(key)) throw routeTwice(key);
    changes.set(key, route);
  }
  return changes;
}

/** How health and connection pools name an upstream's address. */
export function addressKey({ host, port, node, instance }: Address): string {
  return node === undefined ? `${host}:${port}` : `${host}:${port}/${instance ?? ""}`;
}
