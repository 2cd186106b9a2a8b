import { type Problem, problem, type ProblemCode } from "@bastide/contracts";

interface Kind {
  readonly status: number;
  /** The code that the platform's typed client knows it by. */
  readonly code: ProblemCode;
  readonly title: string;
  /** Seconds after which to ask again. */
  readonly retryAfterSeconds?: number;
}

/** Everything that the gateway answers by itself. */
const KINDS = {
  "invalid-request": { status: 400, code: "invalid-request", title: "The request is not valid" },
  "https-only": { status: 403, code: "forbidden", title: "HTTPS is needed here" },
  "client-certificate": {
    status: 403,
    code: "forbidden",
    title: "A client certificate is needed here",
  },
  misdirected: {
    status: 421,
    code: "invalid-request",
    title: "The connection is for another host",
  },
  "unknown-host": { status: 404, code: "not-found", title: "No app answers here" },
  "unknown-path": { status: 404, code: "not-found", title: "No app answers on this path" },
  "unsupported-encoding": {
    status: 501,
    code: "invalid-request",
    title: "The transfer coding is not supported",
  },
  internal: { status: 500, code: "internal", title: "The gateway failed" },
  "bad-gateway": { status: 502, code: "unavailable", title: "The app did not answer" },
  starting: {
    status: 503,
    code: "unavailable",
    title: "The app is starting",
    retryAfterSeconds: 1,
  },
  stopped: { status: 503, code: "unavailable", title: "The app is stopped", retryAfterSeconds: 60 },
  "not-deployed": {
    status: 503,
    code: "not-deployed",
    title: "Nothing is deployed here yet",
    retryAfterSeconds: 10,
  },
  "no-table": {
    status: 503,
    code: "unavailable",
    title: "The gateway has no routes yet",
    retryAfterSeconds: 1,
  },
  overloaded: {
    status: 503,
    code: "unavailable",
    title: "Too many requests are waiting",
    retryAfterSeconds: 2,
  },
  "gateway-timeout": { status: 504, code: "unavailable", title: "The app took too long" },
} as const satisfies Record<string, Kind>;

export type RefusalKind = keyof typeof KINDS;

/** What the gateway answers instead of an upstream: the fact, and what to do. */
export interface Refusal {
  readonly kind: RefusalKind;
  readonly detail: string;
}

export const refusal = (kind: RefusalKind, detail: string): Refusal => ({ kind, detail });

export const kindOf = ({ kind }: Refusal): Kind => KINDS[kind];

export const REFUSAL_KINDS: readonly RefusalKind[] = Object.keys(KINDS).filter(
  (name): name is RefusalKind => Object.hasOwn(KINDS, name),
);

/** The refusal as RFC 9457 problem details. */
export function problemOf(refused: Refusal): Problem {
  const { status, code, title } = kindOf(refused);
  return { ...problem(code, refused.detail), status, title };
}
