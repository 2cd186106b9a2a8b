import type { GatewayMetrics, GatewayRouteMetrics } from "@bastide/contracts";

/** What one route did between two moments. */
export interface BusyRoute {
  readonly name: string;
  readonly perSecond: number;
  /** Share of the answers with a status of 500 and above, from 0 to 1. */
  readonly errors: number;
  /** Upper bounds, as a histogram knows them; undefined without requests, or when it is beyond all bounds. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

/** The busiest first. A route that is not in `before` is counted from nought. */
export function busyRoutes(
  before: GatewayMetrics,
  after: GatewayMetrics,
  seconds: number,
): BusyRoute[] {
  const known = new Map(before.routes.map((route) => [route.name, route]));
  return after.routes
    .map((route) => busyRoute(route, known.get(route.name), after.boundsMs, seconds))
    .toSorted((a, b) => b.perSecond - a.perSecond || a.name.localeCompare(b.name));
}

function busyRoute(
  { name, buckets, classes }: GatewayRouteMetrics,
  before: GatewayRouteMetrics | undefined,
  bounds: readonly number[],
  seconds: number,
): BusyRoute {
  const fresh = buckets.map((count, i) => Math.max(0, count - (before?.buckets[i] ?? 0)));
  const requests = fresh.reduce((sum, count) => sum + count, 0);
  const failed = Math.max(0, (classes[4] ?? 0) - (before?.classes[4] ?? 0));
  return {
    name,
    perSecond: requests / seconds,
    errors: requests === 0 ? 0 : failed / requests,
    p50Ms: quantile(fresh, requests, bounds, 0.5),
    p99Ms: quantile(fresh, requests, bounds, 0.99),
  };
}

function quantile(
  buckets: readonly number[],
  requests: number,
  bounds: readonly number[],
  share: number,
): number | undefined {
  let seen = 0;
  const at = buckets.findIndex((count) => (seen += count) >= requests * share && requests > 0);
  return at < 0 ? undefined : bounds[at];
}
