import type { Route, Upstream } from "@bastide/contracts";
import { normaliseHost } from "./host.ts";

/** A route as requests meet it: its path without trailing slashes (`""` for all), and only upstreams that get requests. */
export interface CompiledRoute {
  readonly host: string;
  readonly prefix: string;
  readonly owner: string;
  readonly upstreams: readonly Upstream[];
  readonly whenEmpty: Route["whenEmpty"];
  readonly settings: Route["settings"];
}

export type Address = Pick<Upstream, "host" | "port">;

/** A table that cannot be put into force; the one before it stays. */
export class InvalidTable extends Error {
  override readonly name = "InvalidTable";
}

/**
 * All routes at one moment, immutable: a request sees one table from beginning to end of its look-up.
 * The exact host decides first, then the longest path prefix that ends where a segment ends.
 */
export class RouteTable {
  static readonly EMPTY: RouteTable = new RouteTable([]);

  readonly #hosts = new Map<string, CompiledRoute[]>();
  /** Every instance that the table names. */
  readonly instances: ReadonlySet<string>;
  /** Every address that the table names, under the key that `addressKey` makes. */
  readonly addresses: ReadonlyMap<string, Address>;

  /** Throws InvalidTable when a host is none, or two routes have the same host and path. */
  constructor(routes: Iterable<Route>) {
    const instances = new Set<string>();
    const addresses = new Map<string, Address>();
    for (const route of routes) {
      this.#add(route);
      for (const upstream of route.upstreams) {
        instances.add(upstream.instance);
        addresses.set(addressKey(upstream), { host: upstream.host, port: upstream.port });
      }
    }
    for (const paths of this.#hosts.values())
      paths.sort((a, b) => b.prefix.length - a.prefix.length);
    this.instances = instances;
    this.addresses = addresses;
  }

  /** How many hosts have a route. */
  get hosts(): number {
    return this.#hosts.size;
  }

  /** The route of a normalised host and a request's path, without its query. */
  find(host: string, path: string): CompiledRoute | undefined {
    return this.#hosts.get(host)?.find(({ prefix }) => isUnder(path, prefix));
  }

  hasHost(host: string): boolean {
    return this.#hosts.has(host);
  }

  #add(route: Route): void {
    const compiled = compile(route);
    const paths = this.#hosts.get(compiled.host);
    if (!paths) this.#hosts.set(compiled.host, [compiled]);
    else if (paths.some(({ prefix }) => prefix === compiled.prefix))
      throw new InvalidTable(
        `two routes have the host ${compiled.host} and the path ${route.path}`,
      );
    else paths.push(compiled);
  }
}

/** How health and connection pools name an upstream's address. */
export function addressKey({ host, port }: Address): string {
  return `${host}:${port}`;
}

function compile({ host, path, owner, upstreams, whenEmpty, settings }: Route): CompiledRoute {
  const normalised = normaliseHost(host);
  if (normalised === undefined) throw new InvalidTable(`${JSON.stringify(host)} is not a host`);
  return {
    host: normalised,
    prefix: path.replace(/\/+$/, ""),
    owner,
    upstreams: upstreams.filter(({ weight }) => weight > 0),
    whenEmpty,
    settings,
  };
}

function isUnder(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === "/");
}
