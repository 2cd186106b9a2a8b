import { type Route, routeKey } from "@bastide/contracts";
import { InFlight } from "./drain/in-flight.ts";
import type { ProxyEngine } from "./engine/proxy-engine.ts";
import { Outliers } from "./health/outliers.ts";
import { PassiveHealth } from "./health/passive-health.ts";
import { RouteStates } from "./limits/route-states.ts";
import { WaitingRoom } from "./retry/waiting-room.ts";
import { addressKey, type RouteChange, RouteTable } from "./table/route-table.ts";

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
  readonly room = new WaitingRoom(WAITING);
  readonly #engine: ProxyEngine;
  readonly #table = new RouteTable();
  #hasTable = false;

  constructor({ engine, onIdle, now }: RoutingParts) {
    this.#engine = engine;
    this.health = new PassiveHealth(now);
    this.outliers = new Outliers(now);
    this.inFlight = new InFlight(this.#table.instances, onIdle);
  }

  /** Undefined until there was one. */
  get table(): RouteTable | undefined {
    return this.#hasTable ? this.#table : undefined;
  }

  /**
   * Puts a whole table into force between two requests; `changed` are the routes that say something new. Throws
   * InvalidTable when it is none; then the one before stays.
   */
  apply(routes: Iterable<Route>, changed: Iterable<Route>): void {
    const whole: RouteChange[] = Array.from(routes, (route) => [routeKey(route), route]);
    const kept = new Set(whole.map(([key]) => key));
    for (const key of this.#table.keys()) if (!kept.has(key)) whole.push([key, undefined]);
    this.#change(whole, changed);
  }

  /** Puts some changes of the table into force in the same way, at the cost of what changes. */
  change(changes: readonly RouteChange[]): void {
    this.#change(
      changes,
      changes.flatMap(([, route]) => route ?? []),
    );
  }

  /** Instances that left the table and still have requests. */
  busy(): string[] {
    return this.inFlight.busy();
  }

  #change(changes: readonly RouteChange[], news: Iterable<Route>): void {
    const { gone, removed } = this.#table.apply(changes);
    this.#hasTable = true;
    for (const { upstreams } of news)
      for (const upstream of upstreams) {
        this.health.forget(addressKey(upstream));
        this.outliers.forget(upstream.instance);
      }
    this.health.retain(this.#table.addresses);
    this.outliers.retain(this.#table.instances);
    this.states.forget(removed);
    for (const address of gone) this.#engine.release(address);
    this.room.wake();
  }
}
