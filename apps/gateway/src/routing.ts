import type { Route } from "@bastide/contracts";
import { InFlight } from "./drain/in-flight.ts";
import type { ProxyEngine } from "./engine/proxy-engine.ts";
import { PassiveHealth } from "./health/passive-health.ts";
import { WaitingRoom } from "./retry/waiting-room.ts";
import { addressKey, RouteTable } from "./table/route-table.ts";

/** How many requests may wait for an upstream at once. */
const WAITING = { perHost: 250, total: 1_000 };

export interface RoutingParts {
  readonly engine: ProxyEngine;
  /** An instance that left the table has answered its last request. */
  readonly onIdle: () => void;
  /** Milliseconds, never going back. */
  readonly now: () => number;
}

/** The table in force, and what is known of its upstreams from the requests they get. */
export class Routing {
  readonly health: PassiveHealth;
  readonly inFlight: InFlight;
  readonly room = new WaitingRoom(WAITING);
  readonly #engine: ProxyEngine;
  #table: RouteTable | undefined;

  constructor({ engine, onIdle, now }: RoutingParts) {
    this.#engine = engine;
    this.health = new PassiveHealth(now);
    this.inFlight = new InFlight(onIdle);
  }

  /** Undefined until there was one. */
  get table(): RouteTable | undefined {
    return this.#table;
  }

  /**
   * Puts a whole table into force between two requests; `changed` are the routes that say something new. Throws
   * InvalidTable when it is none; then the one before stays.
   */
  apply(routes: Iterable<Route>, changed: Iterable<Route>): void {
    const next = new RouteTable(routes);
    const before = this.#table ?? RouteTable.EMPTY;
    this.#table = next;
    this.inFlight.tableIs(next.instances);
    for (const { upstreams } of changed)
      for (const upstream of upstreams) this.health.forget(addressKey(upstream));
    this.health.retain(next.addresses);
    for (const [key, address] of before.addresses)
      if (!next.addresses.has(key)) this.#engine.release(address);
    this.room.wake();
  }

  /** Instances that left the table and still have requests. */
  busy(): string[] {
    return this.inFlight.busy();
  }
}
