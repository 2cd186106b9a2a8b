import { expect, it } from "vitest";
import { certificateFacts } from "./certificate-facts.ts";
import { Metrics } from "./metrics.ts";
import { MetricsStore } from "./metrics-store.ts";
import { render } from "./prometheus.ts";

const gauges = {
  inFlight: 3,
  waiting: 0,
  clientConnections: 2,
  upstreamActive: 1,
  upstreamIdle: 4,
  upstreamsAside: 0,
};
const facts = {
  hosts: 5,
  controlConnected: 1,
  workers: { serving: 2 },
  tableVersion: 7,
  workerDeaths: 0,
  certificates: certificateFacts([], 0),
};
const all = (): boolean => true;

function textOf(
  workers: readonly Metrics[],
  store = new MetricsStore(0),
  withRoutes = true,
): string {
  const taken = workers.map((worker) => worker.take(gauges));
  store.add(taken, all, 0);
  return render(
    store.report(
      taken.map((one) => one.gauges),
      facts,
    ),
    withRoutes,
  );
}

it("adds up what workers count and show", () => {
  const one = new Metrics();
  const two = new Metrics();
  one.served("answered", 200, 3);
  two.served("refused", 503, 1);
  two.served("answered", 200, 1);
  two.refused("starting");
  const text = textOf([one, two]);
  expect(text).toContain('bastide_gateway_requests_total{end="answered"} 2\n');
  expect(text).toContain('bastide_gateway_answers_total{class="5xx"} 1\n');
  expect(text).toContain('bastide_gateway_refusals_total{kind="starting"} 1\n');
  expect(text).toContain("bastide_gateway_retries_total 2\n");
  expect(text).toContain("bastide_gateway_in_flight 6\n");
  expect(text).toContain('bastide_gateway_workers{state="serving"} 2\n');
});

it("says whose figures they are, where the gateway has a name", () => {
  const report = new MetricsStore(0).report([], { ...facts, node: "server-2" });
  expect(render(report, false)).toContain('bastide_gateway_info{node="server-2"} 1\n');
  expect(textOf([])).not.toContain("bastide_gateway_info");
});

it("keeps what a worker counted that is gone", () => {
  const store = new MetricsStore(0);
  const gone = new Metrics();
  gone.served("answered", 200, 1);
  textOf([gone], store);
  expect(textOf([new Metrics()], store)).toContain('requests_total{end="answered"} 1\n');
});

it("makes no new series for a status that is none", () => {
  const metrics = new Metrics();
  const series = textOf([metrics]).split("\n").length;
  metrics.served("answered", 999, 1);
  expect(textOf([metrics]).split("\n")).toHaveLength(series);
});

it("shows each route's answers and how long they took, as cumulative buckets", () => {
  const metrics = new Metrics();
  metrics.answeredBy("route/shop.test/", 200, 3);
  metrics.answeredBy("route/shop.test/", 404, 70_000);
  const text = textOf([metrics]);
  expect(text).toContain('route_answers_total{route="shop.test/",class="4xx"} 1\n');
  expect(text).toContain('route_duration_seconds_bucket{route="shop.test/",le="0.0025"} 0\n');
  expect(text).toContain('route_duration_seconds_bucket{route="shop.test/",le="0.005"} 1\n');
  expect(text).toContain('route_duration_seconds_bucket{route="shop.test/",le="+Inf"} 2\n');
  expect(text).toContain('route_duration_seconds_sum{route="shop.test/"} 70.003\n');
  expect(textOf([metrics], new MetricsStore(0), false)).not.toContain("shop.test");
});

it("names only as many routes as it may, and counts the rest together without ever going back", () => {
  const store = new MetricsStore(0, 2);
  const metrics = new Metrics();
  const answer = (name: string, times: number) => {
    for (let i = 0; i < times; i++) metrics.answeredBy(`route/${name}/`, 200, 1);
  };
  answer("a", 9);
  answer("b", 8);
  answer("c", 7);
  const before = textOf([metrics], store);
  expect(before).toContain('class="2xx"} 9\n');
  expect(before).toContain('{route="other",class="2xx"} 7\n');
  answer("c", 100);
  const after = textOf([metrics], store);
  expect(after).toContain('{route="c/",class="2xx"} 100\n');
  expect(after).toContain('{route="other",class="2xx"} 7\n');
  expect(after).not.toContain('route="b/"');
});

it("quotes what could end a label", () => {
  const metrics = new Metrics();
  metrics.answeredBy('route/a.test/"\\', 200, 1);
  expect(textOf([metrics])).toContain('route="a.test/\\"\\\\"');
});

it("counts handshakes by version and outcome, and makes no series for what it does not know", () => {
  const metrics = new Metrics();
  const series = textOf([metrics]).split("\n").length;
  metrics.shookHands("TLSv1.3");
  metrics.shookHands("SSLv2");
  metrics.shookHands(null);
  metrics.handshakeEnded("timeout");
  metrics.presented("unverified");
  const text = textOf([metrics]);
  expect(text).toContain('tls_handshakes_total{version="TLSv1.3",outcome="done"} 1\n');
  expect(text).toContain('tls_handshakes_total{version="none",outcome="timeout"} 1\n');
  expect(text).toContain('client_certificates_total{presented="unverified"} 1\n');
  expect(text.split("\n")).toHaveLength(series);
});

it("names the hundred certificates that end soonest, and only to those who may see names", () => {
  const ends = Array.from(
    { length: 150 },
    (_, i) => [`acme:h${i}.test`, (200 - i) * 1_000] as const,
  );
  const report = new MetricsStore(0).report([], {
    ...facts,
    certificates: certificateFacts(ends, 60_000),
  });
  const text = render(report, true);
  expect(text.match(/certificate_expiry_timestamp_seconds\{/g)).toHaveLength(100);
  expect(text).toContain('certificate_expiry_timestamp_seconds{name="acme:h149.test"} 51\n');
  expect(text).not.toContain("h49.test");
  expect(text).toContain("bastide_gateway_certificates 150\n");
  expect(text).toContain("bastide_gateway_certificates_expired 10\n");
  const sums = render(report, false);
  expect(sums).toContain("certificate_next_expiry_timestamp_seconds 51\n");
  expect(sums).not.toContain("h149.test");
});
