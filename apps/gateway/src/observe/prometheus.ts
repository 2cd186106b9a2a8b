import type { MetricsReport } from "./metrics-store.ts";
import { BUCKETS_MS, CLASSES, type RouteCounts } from "./route-counts.ts";

const PREFIX = "bastide_gateway";

/**
 * Prometheus text exposition format 0.0.4. Without `withRoutes` no label names a tenant: whoever may not see that gets
 * the sums.
 */
export function render(report: MetricsReport, withRoutes: boolean): string {
  const { counters, gauges, facts, routes } = report;
  const lines = [
    ...(facts.node === undefined ? [] : info(facts.node)),
    ...counter("requests", "Requests by how they ended.", "end", counters.ends),
    ...counter("answers", "Answers by status class.", "class", counters.classes),
    ...counter("refusals", "Answers of our own.", "kind", counters.refusals),
    ...handshakes(counters.handshakes),
    ...counter(
      "client_certificates",
      "Handshakes that asked for a client certificate, by what came.",
      "presented",
      counters.clientCertificates,
    ),
    ...certificateLines(facts.certificates, withRoutes),
    ...total("retries", "Requests sent to an upstream once more.", counters.retries),
    ...total("log_lines_omitted", "Access log lines left out.", counters.omittedLines),
    ...total("worker_deaths", "Workers that died or were killed.", facts.workerDeaths),
    ...Object.entries(gauges).flatMap(([name, value]) => gauge(snake(name), value)),
    ...gauge("hosts", facts.hosts),
    ...gauge("control_connected", facts.controlConnected),
    ...gauge("table_sequence", facts.tableVersion),
    `# TYPE ${PREFIX}_workers gauge`,
    ...Object.entries(facts.workers).map(
      ([state, count]) => `${PREFIX}_workers{state="${state}"} ${count}`,
    ),
    ...(withRoutes ? routeLines(routes) : []),
  ];
  return `${lines.join("\n")}\n`;
}

function handshakes(counts: Readonly<Record<string, number>>): string[] {
  const name = `${PREFIX}_tls_handshakes_total`;
  return [
    `# HELP ${name} TLS handshakes by version and outcome.`,
    `# TYPE ${name} counter`,
    ...Object.entries(counts).map(([key, value]) => {
      const [version, outcome] = key.split(",");
      return `${name}{version="${version}",outcome="${outcome}"} ${value}`;
    }),
  ];
}

/** Names are hosts of tenants: they are for whoever may see routes. */
function certificateLines(
  { count, expired, soonest }: MetricsReport["facts"]["certificates"],
  withNames: boolean,
): string[] {
  const [first] = soonest;
  const name = `${PREFIX}_certificate_expiry_timestamp_seconds`;
  return [
    ...gauge("certificates", count),
    ...gauge("certificates_expired", expired),
    ...(first ? gauge("certificate_next_expiry_timestamp_seconds", first[1]) : []),
    ...(withNames
      ? [
          `# HELP ${name} End of each certificate, of those that end soonest.`,
          `# TYPE ${name} gauge`,
          ...soonest.map(([one, notAfter]) => `${name}{name="${label(one)}"} ${notAfter}`),
        ]
      : []),
  ];
}

function routeLines(routes: MetricsReport["routes"]): string[] {
  return [
    `# HELP ${PREFIX}_route_answers_total Answers by route and status class; "other" is all but the busiest routes.`,
    `# TYPE ${PREFIX}_route_answers_total counter`,
    ...routes.flatMap(([route, { classes }]) =>
      CLASSES.map(
        (name, i) =>
          `${PREFIX}_route_answers_total{route="${label(route)}",class="${name}"} ${classes[i] ?? 0}`,
      ),
    ),
    `# HELP ${PREFIX}_route_duration_seconds From a request's headers to the end of its answer.`,
    `# TYPE ${PREFIX}_route_duration_seconds histogram`,
    ...routes.flatMap(([route, counts]) => histogram(label(route), counts)),
  ];
}

function histogram(route: string, { buckets, sumMs }: RouteCounts): string[] {
  const name = `${PREFIX}_route_duration_seconds`;
  let sum = 0;
  const lines = [...BUCKETS_MS, Infinity].map((bound, i) => {
    sum += buckets[i] ?? 0;
    const le = bound === Infinity ? "+Inf" : String(bound / 1000);
    return `${name}_bucket{route="${route}",le="${le}"} ${sum}`;
  });
  lines.push(
    `${name}_sum{route="${route}"} ${sumMs / 1000}`,
    `${name}_count{route="${route}"} ${sum}`,
  );
  return lines;
}

/** The key without its kind: `shop.example.org/v1`. */
const label = (route: string): string =>
  route
    .replace(/^route\//, "")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");

const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Whose figures these are, for who gathers those of several gateways. */
const info = (node: string): string[] => [
  `# TYPE ${PREFIX}_info gauge`,
  `${PREFIX}_info{node="${label(node)}"} 1`,
];

const gauge = (name: string, value: number): string[] => [
  `# TYPE ${PREFIX}_${name} gauge`,
  `${PREFIX}_${name} ${value}`,
];

const total = (name: string, help: string, value: number): string[] => [
  `# HELP ${PREFIX}_${name}_total ${help}`,
  `# TYPE ${PREFIX}_${name}_total counter`,
  `${PREFIX}_${name}_total ${value}`,
];

function counter(
  name: string,
  help: string,
  labelName: string,
  counts: Readonly<Record<string, number>>,
): string[] {
  return [
    `# HELP ${PREFIX}_${name}_total ${help}`,
    `# TYPE ${PREFIX}_${name}_total counter`,
    ...Object.entries(counts).map(
      ([key, value]) => `${PREFIX}_${name}_total{${labelName}="${key}"} ${value}`,
    ),
  ];
}
