import { Busiest, OTHER } from "./busiest.ts";
import { type Counters, type Gauges, type MetricsIncrement, noCounters } from "./metrics.ts";
import { addCounts, noCounts, requestsOf, type RouteCounts } from "./route-counts.ts";

/** Routes with a name of their own in the metrics. */
export const NAMED_ROUTES = 100;

/** What the whole gateway says of itself, besides what workers count. */
export interface GatewayFacts {
  /** Absent for one that runs alone. */
  readonly node?: string;
  readonly hosts: number;
  readonly controlConnected: number;
  readonly workers: Readonly<Record<string, number>>;
  readonly tableVersion: number;
  readonly workerDeaths: number;
  readonly certificates: CertificateFacts;
}

/** Certificates in the table. */
export interface CertificateFacts {
  readonly count: number;
  readonly expired: number;
  /** Those that end soonest: name and end, in seconds since the epoch. */
  readonly soonest: readonly (readonly [name: string, notAfter: number])[];
}

/** Everything at one moment. */
export interface MetricsReport {
  readonly counters: Counters;
  readonly gauges: Gauges;
  readonly facts: GatewayFacts;
  /** The busiest routes by name, and `other`. */
  readonly routes: readonly (readonly [name: string, counts: RouteCounts])[];
}

const NO_GAUGES: Gauges = {
  inFlight: 0,
  waiting: 0,
  clientConnections: 0,
  upstreamActive: 0,
  upstreamIdle: 0,
  upstreamsAside: 0,
};

/** Sums over all workers, those that are gone included. */
export class MetricsStore {
  readonly #counters = noCounters();
  readonly #routes = new Map<string, RouteCounts>([[OTHER, noCounts()]]);
  readonly #busiest: Busiest;

  constructor(nowMs: number, named = NAMED_ROUTES) {
    this.#busiest = new Busiest(named, nowMs);
  }

  /** Adds what workers counted since the last time. `isKnown`: whether the table has the route. */
  add(
    increments: readonly Omit<MetricsIncrement, "gauges">[],
    isKnown: (route: string) => boolean,
    nowMs: number,
  ): void {
    const fresh = new Map<string, RouteCounts>();
    for (const { counters, routes } of increments) {
      addCounters(this.#counters, counters);
      for (const [route, counts] of routes) addTo(fresh, route, counts);
    }
    const requests = Array.from(fresh, ([route, counts]) => [route, requestsOf(counts)] as const);
    this.#busiest.update(requests, (route) => !isKnown(route), nowMs);
    const { named } = this.#busiest;
    for (const route of this.#routes.keys())
      if (route !== OTHER && !named.has(route)) this.#routes.delete(route);
    for (const [route, counts] of fresh)
      addTo(this.#routes, named.has(route) ? route : OTHER, counts);
  }

  report(gauges: readonly Gauges[], facts: GatewayFacts): MetricsReport {
    return {
      counters: this.#counters,
      gauges: gauges.reduce(addGauges, NO_GAUGES),
      facts,
      routes: [...this.#routes],
    };
  }
}

function addTo(routes: Map<string, RouteCounts>, route: string, counts: RouteCounts): void {
  let sum = routes.get(route);
  if (!sum) routes.set(route, (sum = noCounts()));
  addCounts(sum, counts);
}

const COUNTED = ["ends", "classes", "refusals", "handshakes", "clientCertificates"] as const;

function addCounters(to: Counters, more: Counters): void {
  for (const kind of COUNTED)
    for (const [name, count] of Object.entries(more[kind]))
      to[kind][name] = (to[kind][name] ?? 0) + count;
  to.retries += more.retries;
  to.omittedLines += more.omittedLines;
}

const addGauges = (sum: Gauges, more: Gauges): Gauges => ({
  inFlight: sum.inFlight + more.inFlight,
  waiting: sum.waiting + more.waiting,
  clientConnections: sum.clientConnections + more.clientConnections,
  upstreamActive: sum.upstreamActive + more.upstreamActive,
  upstreamIdle: sum.upstreamIdle + more.upstreamIdle,
  upstreamsAside: sum.upstreamsAside + more.upstreamsAside,
});
