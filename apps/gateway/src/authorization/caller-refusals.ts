import { type BearerError, refuse, whyOf } from "@bastide/biscuit/http";
import { definePolicy, fact } from "@bastide/biscuit";
import { carriersOf, EXPLANATION_POLICY } from "@bastide/contracts";
import { refusal, type Refusal } from "../refusals/refusal.ts";
import type { KnownToken } from "./known-token.ts";
import { factsFor, type RequestFacts } from "./request-facts.ts";
import type { RoutePolicy } from "./route-policy.ts";

const KINDS = {
  invalid_request: "invalid-request",
  invalid_token: "unauthenticated",
  insufficient_scope: "forbidden",
} as const satisfies Record<BearerError, Refusal["kind"]>;

/** A refusal of RFC 6750, with its challenge; without an error code the request had no token at all. */
function challenge(
  host: string,
  error: BearerError | undefined,
  detail: string,
  why?: readonly string[],
): Refusal {
  const { challenge: value } = refuse(host, error, detail);
  return refusal(error === undefined ? "unauthenticated" : KINDS[error], detail, {
    headers: { "www-authenticate": value },
    ...(why && { why }),
  });
}

export const noToken = (host: string): Refusal =>
  challenge(host, undefined, "this needs a token; send it as `Authorization: Bearer <token>`");

export const malformed = (host: string, detail: string): Refusal =>
  challenge(host, "invalid_request", detail);

/** What is wrong with it is not told: it would tell a forger how far the forgery got. */
export const invalid = (host: string): Refusal =>
  challenge(host, "invalid_token", "the token is not valid here; get a new one");

export const expired = (host: string, expiresMs: number): Refusal =>
  challenge(
    host,
    "invalid_token",
    `the token expired at ${new Date(expiresMs).toISOString()}; get a new one`,
  );

export const sealed = (host: string): Refusal =>
  challenge(
    host,
    "insufficient_scope",
    "the token is sealed, so it cannot be narrowed for the app here; send it as it was before it was sealed",
  );

export const claiming = (host: string, claims: readonly string[]): Refusal =>
  challenge(
    host,
    "insufficient_scope",
    `the token states ${claims.join(", ")}, which only the gateway says of a request; ask for one that does not`,
  );

export const distrusted = (retryAfterSeconds: number): Refusal =>
  refusal(
    "rate-limited",
    `too many tokens from this client were not valid; try again in ${retryAfterSeconds} s`,
    { retryAfterSeconds },
  );

export const TOO_MANY: Refusal = refusal(
  "busy",
  "too many tokens are being verified; try again soon",
);

export const NO_KEY: Refusal = refusal(
  "closed",
  "this route signs for the app who asks, and this gateway has no key to sign with; give it a state directory",
);

export const stale = (host: string, silentMs: number): Refusal => {
  const since = silentMs === Infinity ? "since it started" : `for ${Math.round(silentMs / 1000)} s`;
  return refusal(
    "closed",
    `${host} takes tokens, and the gateway has not heard of the control plane ${since}: a token may have been revoked meanwhile`,
    { retryAfterSeconds: 5 },
  );
};

/** What a token is told that a policy refused. */
export function refusedBy(
  known: KnownToken,
  policy: RoutePolicy,
  facts: RequestFacts,
  nowMs: number,
): Refusal {
  const detail = "the token does not allow this; ask for one that does";
  const why = mayKnowWhy(known, policy, facts, nowMs)
    ? whyRefused(known, policy, facts, nowMs)
    : undefined;
  return challenge(facts.host, "insufficient_scope", detail, why);
}

/** Decided once more, for those who may know: what is remembered of a decision does not say why. */
function whyRefused(
  { decisions }: KnownToken,
  policy: RoutePolicy,
  facts: RequestFacts,
  nowMs: number,
): readonly string[] {
  const decision = decisions.decide(policy, facts, nowMs);
  return decision.allowed ? [] : whyOf(decision);
}

const EXPLANATION = definePolicy(EXPLANATION_POLICY);
const DEVELOP = carriersOf("develop").map((name) => fact("operation", name));

const mayKnowWhy = (
  { token }: KnownToken,
  policy: RoutePolicy,
  facts: RequestFacts,
  nowMs: number,
): boolean =>
  EXPLANATION.authorize(token, { facts: [...factsFor(facts, policy, nowMs), ...DEVELOP] }).allowed;
