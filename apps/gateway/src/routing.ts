import type { Route } from "@bastide/contracts";
import { InFlight } from "./drain/in-flight.ts";
import { Waiting } from "./drain/waiting.ts";
import type { ProxyEngine } from "./engine/proxy-engine.ts";
import { Outliers } from "./health/outliers.ts";
import { PassiveHealth } from "./health/passive-health.ts";
import { RouteStates } from "./limits/route-states.ts";
import { WaitingRoom } from "./retry/waiting-room.ts";
import { addressKey, changesOf, type RouteChanges, RouteTable } from "./table/route-table.ts";

/** How many requests may wait for an upstream at once. */
const WAITING = { perHost: 250, total: 1_000 };

export interface RoutingParts {
  readonly engine: ProxyEngine;
  /** An instance that left the table has answered its last request. */
  readonly onIdle: () => void;
  /** Milliseconds, never going back. */
  readonly now: () => number;
}

/** The table in force, and what is known of its upstreams and routes from the requests they get. */
export class Routing {
  readonly health: PassiveHealth;
  readonly outliers: Outliers;
  readonly inFlight: InFlight;
  readonly states = new RouteStates();
  readonly waiting = new Waiting();
  readonly room = new WaitingRoom(WAITING);
  readonly #engine: ProxyEngine;
  #table: RouteTable | undefined;

  constructor({ engine, onIdle, now }: RoutingParts) {
    this.#engine = engine;
    this.health = new PassiveHealth(now);
    this.outliers = new Outliers(now);
    this.inFlight = new InFlight(onIdle);
  }

  /** Undefined until there was one. */
  get table(): RouteTable | undefined {
    return this.#table;
  }

  /**
   * Puts changes of the table into force between two requests, whole. Throws InvalidTable when that would be no table;
   * then everything stays as it is. What was met at the upstreams of `fresh` routes is forgotten.
   */
  change(changes: RouteChanges, fresh: Iterable<Route | undefined> = changes.values()): void {
    const table = this.#table ?? new RouteTable();
    const left = table.change(changes);
    this.#table = table;
    this.inFlight.tableIs(table.instances);
    for (const route of fresh)
      for (const upstream of route?.upstreams ?? []) {
        this.health.forget(addressKey(upstream));
        this.outliers.forget(upstream.instance);
      }
    if (left.length > 0) this.health.retain(table.addresses);
    this.outliers.retain(table.instances);
    this.states.forget([...changes.keys()].filter((key) => !table.has(key)));
    for (const address of left) this.#engine.release(address);
    this.#giveUpSilent(changes);
    this.room.wake();
  }

  #giveUpSilent(changes: RouteChanges): void {
    for (const route of changes.values())
      for (const upstream of route?.upstreams ?? []) {
        if (upstream.silent !== true) continue;
        this.waiting.giveUp(upstream.instance);
        this.#engine.release(upstream);
      }
  }

  /** The same with a whole table in place of the one before. */
  apply(routes: Iterable<Route>, fresh: Iterable<Route>): void {
    const changes = changesOf(routes);
    const gone = Array.from(this.#table?.routes ?? [], ({ key }) => key).filter(
      (key) => !changes.has(key),
    );
    this.change(new Map([...gone.map((key) => [key, undefined] as const), ...changes]), fresh);
  }

  /** PEM of those whose certificates the routes of a host want of clients. */
  clientAuthoritiesFor(host: string): readonly string[] {
    return this.#table?.routesOf(host)?.clientAuthorities ?? [];
  }

  /** Instances that left the table and still have requests. */
  busy(): string[] {
    return this.inFlight.busy();
  }
}
