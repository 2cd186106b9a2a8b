/** RFC 6750 §3.1: everything that a resource server may say of a token. */
export type BearerError = "invalid_request" | "invalid_token" | "insufficient_scope";

const STATUS = { invalid_request: 400, invalid_token: 401, insufficient_scope: 403 } as const;
const TITLES = { 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden" } as const;

/** How a request was turned away, in terms of HTTP. Holds nothing of the token. */
export interface Refusal {
  readonly status: 400 | 401 | 403;
  /** Absent when the request had no token: RFC 6750 §3.1 wants no error code then. */
  readonly error?: BearerError;
  /** For the caller: the fact and what to do. */
  readonly detail: string;
  /** The policy's decision and the checks that failed; only for callers who are entitled to know. */
  readonly why?: readonly string[];
  /** The value of `WWW-Authenticate`. */
  readonly challenge: string;
}

/** RFC 9457 body of a refusal. */
export interface RefusalProblem {
  readonly type: "about:blank";
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly error?: BearerError;
  readonly why?: readonly string[];
}

/** The media type of `problemOf`. */
export const PROBLEM_TYPE = "application/problem+json";

/** A refusal with its challenge; `realm` names what the token is for. */
export function refuse(
  realm: string,
  error: BearerError | undefined,
  detail: string,
  why?: readonly string[],
): Refusal {
  return {
    status: error === undefined ? 401 : STATUS[error],
    ...(error !== undefined && { error }),
    detail,
    ...(why !== undefined && { why }),
    challenge: challengeOf(realm, error, detail),
  };
}

/** RFC 6750 §3, in the order that its examples have. */
function challengeOf(realm: string, error: BearerError | undefined, detail: string): string {
  const parameters = {
    realm,
    ...(error !== undefined && { error, error_description: detail }),
  };
  const text = Object.entries(parameters).map(([name, value]) => `${name}="${printable(value)}"`);
  return `Bearer ${text.join(", ")}`;
}

/** RFC 6750 §3 allows %x20-21, %x23-5B and %x5D-7E in these values: no quote, no backslash, nothing that ends a line. */
const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]|["\\]/g, "'");

/** The refusal as RFC 9457 problem details. */
export function problemOf({ status, detail, error, why }: Refusal): RefusalProblem {
  return {
    type: "about:blank",
    title: TITLES[status],
    status,
    detail,
    ...(error !== undefined && { error }),
    ...(why !== undefined && { why }),
  };
}
