import { expect, it } from "vitest";
import { Metrics } from "./metrics.ts";

const gauges = {
  inFlight: 3,
  waiting: 0,
  clientConnections: 2,
  upstreamActive: 1,
  upstreamIdle: 4,
  upstreamsAside: 0,
  hosts: 5,
  controlConnected: 1,
};

it("counts by fixed labels, and retries", () => {
  const metrics = new Metrics();
  metrics.served("answered", 200, 3);
  metrics.served("refused", 503, 1);
  metrics.refused("starting");
  const text = metrics.render(gauges);
  expect(text).toContain('bastide_gateway_requests_total{end="answered"} 1\n');
  expect(text).toContain('bastide_gateway_answers_total{class="5xx"} 1\n');
  expect(text).toContain('bastide_gateway_refusals_total{kind="starting"} 1\n');
  expect(text).toContain("bastide_gateway_retries_total 2\n");
  expect(text).toContain("bastide_gateway_in_flight 3\n");
});

it("makes no new series for a status that is none", () => {
  const metrics = new Metrics();
  const series = metrics.render(gauges).split("\n").length;
  metrics.served("answered", 999, 1);
  expect(metrics.render(gauges).split("\n")).toHaveLength(series);
});
