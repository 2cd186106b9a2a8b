import { REFUSAL_KINDS, type RefusalKind } from "../refusals/refusal.ts";
import { CLASSES, countAnswer, noCounts, type RouteCounts } from "./route-counts.ts";

/** Values that are read when somebody asks, and add up over workers. */
export interface Gauges {
  readonly inFlight: number;
  readonly waiting: number;
  readonly clientConnections: number;
  readonly upstreamActive: number;
  readonly upstreamIdle: number;
  readonly upstreamsAside: number;
}

export const ENDS = ["answered", "client-gone", "cut", "refused"] as const;

/** TLS handshakes by version and outcome, as `version,outcome`; of one that failed the version counts as none. */
export const HANDSHAKES = [
  "TLSv1.2,done",
  "TLSv1.3,done",
  "none,acme",
  "none,closed",
  "none,failed",
  "none,not-tls",
  "none,timeout",
  "none,unrecognized-name",
] as const;
export type HandshakeFailure = "closed" | "failed" | "not-tls" | "timeout" | "unrecognized-name";

/** What clients presented that were asked for a certificate. */
export const CLIENT_CERTIFICATES = ["none", "unverified", "verified"] as const;

/** Counters with one label whose values are a fixed set. */
export interface Counters {
  readonly ends: Record<string, number>;
  readonly classes: Record<string, number>;
  readonly refusals: Record<string, number>;
  readonly handshakes: Record<string, number>;
  readonly clientCertificates: Record<string, number>;
  retries: number;
  /** Lines of the access log that were left out. */
  omittedLines: number;
}

/** What one worker counted since it was asked last, and its gauges now. */
export interface MetricsIncrement {
  readonly counters: Counters;
  readonly routes: readonly (readonly [key: string, counts: RouteCounts])[];
  readonly gauges: Gauges;
}

const zeros = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, 0]));

export const noCounters = (): Counters => ({
  ends: zeros(ENDS),
  classes: zeros(CLASSES),
  refusals: zeros(REFUSAL_KINDS),
  handshakes: zeros(HANDSHAKES),
  clientCertificates: zeros(CLIENT_CERTIFICATES),
  retries: 0,
  omittedLines: 0,
});

/** Counts what one process answers. Nothing that a client sends can make another series. */
export class Metrics {
  #counters = noCounters();
  #routes = new Map<string, RouteCounts>();

  /** `route`: its key in the table; undefined when none was found. */
  served(end: (typeof ENDS)[number], status: number, attempts: number): void {
    increase(this.#counters.ends, end);
    increase(this.#counters.classes, `${Math.floor(status / 100)}xx`);
    this.#counters.retries += Math.max(0, attempts - 1);
  }

  answeredBy(route: string, status: number, ms: number): void {
    let counts = this.#routes.get(route);
    if (!counts) this.#routes.set(route, (counts = noCounts()));
    countAnswer(counts, status, ms);
  }

  refused(kind: RefusalKind): void {
    increase(this.#counters.refusals, kind);
  }

  /** `version`: as OpenSSL names it. */
  shookHands(version: string | null): void {
    increase(this.#counters.handshakes, `${version},done`);
  }

  handshakeEnded(outcome: HandshakeFailure | "acme"): void {
    increase(this.#counters.handshakes, `none,${outcome}`);
  }

  presented(certificate: (typeof CLIENT_CERTIFICATES)[number]): void {
    increase(this.#counters.clientCertificates, certificate);
  }

  lineOmitted(): void {
    this.#counters.omittedLines += 1;
  }

  /** What was counted since this was called last. */
  take(gauges: Gauges): MetricsIncrement {
    const taken = { counters: this.#counters, routes: [...this.#routes], gauges };
    this.#counters = noCounters();
    this.#routes = new Map();
    return taken;
  }
}

/** Counts what is known from the beginning and nothing else. */
function increase(counts: Record<string, number>, key: string): void {
  if (Object.hasOwn(counts, key)) counts[key] = (counts[key] ?? 0) + 1;
}
