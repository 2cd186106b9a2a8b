import { Injectable } from "@nestjs/common";
import { type Route, routeKey, type StreamVersion } from "@bastide/contracts";
import type { TableState } from "../deployments/domain/rollout.ts";
import { GatewayTable } from "../gateways/gateway-table.ts";
import { asJson } from "../streams/json.ts";

interface Owned {
  readonly routes: ReadonlyMap<string, Route>;
  /** The first version that holds them. */
  readonly since: StreamVersion;
}

/** Who has which routes, and since which version of the gateways' table. */
@Injectable()
export class RouteTable {
  readonly #owners = new Map<string, Owned>();
  readonly #watchers = new Set<() => void>();
  /** What an owner without routes must wait for: the first table of this start, which has none of its old ones. */
  #first: StreamVersion | undefined;

  constructor(private readonly gateways: GatewayTable) {}

  /** Makes `routes` all that `owner` has, as one change of the table; nothing is sent when nothing changed. */
  set(owner: string, routes: readonly Route[]): void {
    const next = new Map(routes.map((route) => [routeKey(route), route]));
    const before = this.#owners.get(owner);
    const gone = [...(before?.routes.keys() ?? [])].filter((key) => !next.has(key));
    const { source } = this.gateways;
    const sequence = source.version.sequence;
    const version = source.apply([
      ...Array.from(next, ([key, route]) => ({ key, value: asJson(route) })),
      ...gone.map((key) => ({ key, tombstone: true as const })),
    ]);
    this.#first ??= version;
    const isChanged = version.sequence !== sequence || !before;
    this.#owners.set(owner, { routes: next, since: isChanged ? version : before.since });
    if (isChanged) for (const tell of this.#watchers) tell();
  }

  /** Every host that has a route. */
  hosts(): ReadonlySet<string> {
    const hosts = new Set<string>();
    for (const { routes } of this.#owners.values())
      for (const { host } of routes.values()) hosts.add(host);
    return hosts;
  }

  /** Calls `listener` whenever routes may have come or gone; returns how to stop that. */
  watch(listener: () => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  get(owner: string): Route[] {
    return [...(this.#owners.get(owner)?.routes.values() ?? [])];
  }

  /** The table as it is now is the first one that a gateway of this start can get. */
  begin(): void {
    this.#first = this.gateways.source.version;
  }

  /** What the gateways said of an owner's routes as they are now. */
  stateOf(owner: string): TableState {
    const since = this.#owners.get(owner)?.since ?? this.#first;
    const { source } = this.gateways;
    return {
      isAcknowledged: since !== undefined && source.isAcknowledged(since),
      busy: this.gateways.busy(),
    };
  }

  /** Resolves when none of `owners` has a route and every gateway acts by that. Rejects with the signal's reason. */
  async withdrawn(owners: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#emptied(owners, signal);
    const { source } = this.gateways;
    await source.waitForAcknowledgement(source.version, signal);
  }

  /** Forgets an owner that has no routes and nothing to wait for. */
  forget(owner: string): void {
    if (this.get(owner).length === 0) this.#owners.delete(owner);
  }

  /** Calls `listener` whenever a gateway acknowledged, came or went. */
  on(listener: () => void): () => void {
    return this.gateways.source.on(listener);
  }

  async #emptied(owners: readonly string[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (owners.every((owner) => this.get(owner).length === 0)) resolve();
    };
    const giveUp = (): void => reject(signal.reason);
    const off = this.watch(look);
    signal.addEventListener("abort", giveUp);
    try {
      look();
      await promise;
    } finally {
      off();
      signal.removeEventListener("abort", giveUp);
    }
  }
}
