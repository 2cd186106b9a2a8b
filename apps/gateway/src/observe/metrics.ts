import { REFUSAL_KINDS, type RefusalKind } from "../refusals/refusal.ts";

/** Values that are read when somebody asks. */
export interface Gauges {
  readonly inFlight: number;
  readonly waiting: number;
  readonly clientConnections: number;
  readonly upstreamActive: number;
  readonly upstreamIdle: number;
  readonly upstreamsAside: number;
  readonly hosts: number;
  readonly controlConnected: number;
}

const ENDS = ["answered", "client-gone", "cut", "refused"] as const;
const CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** Counts since the start. Every label's values are a fixed set: no host, path or tenant is ever one. */
export class Metrics {
  readonly #ends = new Map<string, number>(ENDS.map((end) => [end, 0]));
  readonly #classes = new Map<string, number>(CLASSES.map((name) => [name, 0]));
  readonly #refusals = new Map<string, number>(REFUSAL_KINDS.map((kind) => [kind, 0]));
  #retries = 0;

  served(end: (typeof ENDS)[number], status: number, attempts: number): void {
    increase(this.#ends, end);
    increase(this.#classes, `${Math.floor(status / 100)}xx`);
    this.#retries += Math.max(0, attempts - 1);
  }

  refused(kind: RefusalKind): void {
    increase(this.#refusals, kind);
  }

  /** Prometheus text exposition format 0.0.4. */
  render(gauges: Gauges): string {
    const lines = [
      ...counter(
        "bastide_gateway_requests_total",
        "Requests by how they ended.",
        "end",
        this.#ends,
      ),
      ...counter(
        "bastide_gateway_answers_total",
        "Answers by status class.",
        "class",
        this.#classes,
      ),
      ...counter("bastide_gateway_refusals_total", "Answers of our own.", "kind", this.#refusals),
      "# HELP bastide_gateway_retries_total Requests sent to an upstream once more.",
      "# TYPE bastide_gateway_retries_total counter",
      `bastide_gateway_retries_total ${this.#retries}`,
    ];
    for (const [name, value] of Object.entries(gauges)) {
      const full = `bastide_gateway_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
      lines.push(`# TYPE ${full} gauge`, `${full} ${value}`);
    }
    return `${lines.join("\n")}\n`;
  }
}

/** Counts what is known from the beginning and nothing else. */
function increase(counts: Map<string, number>, key: string): void {
  const count = counts.get(key);
  if (count !== undefined) counts.set(key, count + 1);
}

function counter(
  name: string,
  help: string,
  label: string,
  counts: ReadonlyMap<string, number>,
): string[] {
  const samples = Array.from(counts, ([key, value]) => `${name}{${label}="${key}"} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...samples];
}
