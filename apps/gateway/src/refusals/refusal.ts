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
  "ambiguous-path": {
    status: 400,
    code: "invalid-request",
    title: "The path can be read in more than one way",
  },
  unauthenticated: { status: 401, code: "unauthenticated", title: "A valid token is needed" },
  forbidden: { status: 403, code: "forbidden", title: "The token does not allow this" },
  "wrong-method": {
    status: 405,
    code: "invalid-request",
    title: "The method is not for this path",
  },
  "body-too-large": { status: 413, code: "too-large", title: "The request's body is too large" },
  "rate-limited": { status: 429, code: "too-many-requests", title: "Too many requests" },
  busy: {
    status: 503,
    code: "unavailable",
    title: "Too many requests are under way",
    retryAfterSeconds: 1,
  },
  closed: { status: 503, code: "unavailable", title: "The route is closed" },
  maintenance: { status: 503, code: "unavailable", title: "Down for maintenance" },
  redirect: { status: 308, code: "invalid-request", title: "It is elsewhere" },
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
  /** Instead of the kind's own. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** Why a policy refused, for callers entitled to know. */
  readonly why?: readonly string[];
  /** More headers, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
}

export const refusal = (
  kind: RefusalKind,
  detail: string,
  more: Omit<Refusal, "kind" | "detail"> = {},
): Refusal => ({ kind, detail, ...more });

export const kindOf = ({ kind, status, retryAfterSeconds }: Refusal): Kind => ({
  ...KINDS[kind],
  ...(status === undefined ? {} : { status }),
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});

export const REFUSAL_KINDS: readonly RefusalKind[] = Object.keys(KINDS).filter(
  (name): name is RefusalKind => Object.hasOwn(KINDS, name),
);

/** The refusal as RFC 9457 problem details. */
export function problemOf(refused: Refusal): Problem {
  const { status, code, title } = kindOf(refused);
  const { why, detail } = refused;
  return { ...problem(code, detail), status, title, ...(why && { why: [...why] }) };
}

/** Tells a refusal from what lets a request pass. */
export const isRefusal = (verdict: object): verdict is Refusal => "kind" in verdict;

export const AMBIGUOUS: Refusal = refusal(
  "ambiguous-path",
  "other servers may read this path as one of another route; send it without escapes of plain characters, dot segments and repeated slashes",
);
