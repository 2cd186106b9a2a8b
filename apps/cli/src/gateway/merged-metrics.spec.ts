import { expect, it } from "vitest";
import { mergedMetrics } from "./merged-metrics.ts";

const text = (retries: number): string =>
  [
    "# TYPE bastide_gateway_info gauge",
    'bastide_gateway_info{node="itself"} 1',
    "# HELP bastide_gateway_answers_total Answers by status class.",
    "# TYPE bastide_gateway_answers_total counter",
    `bastide_gateway_answers_total{class="2xx"} ${retries + 1}`,
    "# HELP bastide_gateway_retries_total Requests sent to an upstream once more.",
    "# TYPE bastide_gateway_retries_total counter",
    `bastide_gateway_retries_total ${retries}`,
    "# TYPE bastide_gateway_route_duration_seconds histogram",
    `bastide_gateway_route_duration_seconds_bucket{route="a{b} c",le="+Inf"} ${retries}`,
    "",
  ].join("\n");

it("says the node of each figure, and keeps what is of one metric together", () => {
  const merged = mergedMetrics([
    { node: "server", text: text(1) },
    { node: "server-2", text: text(7) },
  ]);
  expect(merged.split("\n")).toEqual([
    "# TYPE bastide_gateway_info gauge",
    'bastide_gateway_info{node="itself"} 1',
    'bastide_gateway_info{node="itself"} 1',
    "# HELP bastide_gateway_answers_total Answers by status class.",
    "# TYPE bastide_gateway_answers_total counter",
    'bastide_gateway_answers_total{node="server",class="2xx"} 2',
    'bastide_gateway_answers_total{node="server-2",class="2xx"} 8',
    "# HELP bastide_gateway_retries_total Requests sent to an upstream once more.",
    "# TYPE bastide_gateway_retries_total counter",
    'bastide_gateway_retries_total{node="server"} 1',
    'bastide_gateway_retries_total{node="server-2"} 7',
    "# TYPE bastide_gateway_route_duration_seconds histogram",
    'bastide_gateway_route_duration_seconds_bucket{node="server",route="a{b} c",le="+Inf"} 1',
    'bastide_gateway_route_duration_seconds_bucket{node="server-2",route="a{b} c",le="+Inf"} 7',
    "",
  ]);
});

it("leaves a gateway's as they are that was named by its socket", () => {
  expect(mergedMetrics([{ node: undefined, text: text(1) }])).toBe(text(1));
});
