import type { GatewayMetrics } from "@bastide/contracts";
import { expect, it } from "vitest";
import { busyRoutes } from "./busy-routes.ts";

const metrics = (routes: GatewayMetrics["routes"]): GatewayMetrics => ({
  boundsMs: [1, 10, 100],
  routes,
  counters: { ends: {}, classes: {}, refusals: {}, retries: 0, omittedLines: 0 },
  gauges: {},
});
const one = (name: string, buckets: number[], errors = 0) => ({
  name,
  buckets,
  classes: [0, 0, 0, 0, errors],
  sumMs: 0,
});

it("shows what happened between two moments, the busiest first", () => {
  const before = metrics([one("a", [10, 0, 0, 0]), one("b", [5, 5, 0, 0], 1)]);
  const after = metrics([one("a", [12, 0, 0, 0]), one("b", [5, 104, 1, 0], 11)]);
  expect(busyRoutes(before, after, 2)).toEqual([
    { name: "b", perSecond: 50, errors: 0.1, p50Ms: 10, p99Ms: 10 },
    { name: "a", perSecond: 1, errors: 0, p50Ms: 1, p99Ms: 1 },
  ]);
});

it("knows no latency without requests, and none beyond its bounds", () => {
  const [idle] = busyRoutes(
    metrics([one("a", [1, 0, 0, 0])]),
    metrics([one("a", [1, 0, 0, 0])]),
    1,
  );
  expect(idle).toMatchObject({ perSecond: 0, p50Ms: undefined });
  const [slow] = busyRoutes(metrics([]), metrics([one("a", [0, 0, 0, 3])]), 1);
  expect(slow).toMatchObject({ perSecond: 3, p99Ms: undefined });
});

it("counts a route that began again at nought from nought", () => {
  const [again] = busyRoutes(
    metrics([one("a", [100, 0, 0, 0])]),
    metrics([one("a", [3, 2, 0, 0])]),
    1,
  );
  expect(again?.perSecond).toBe(2);
});
