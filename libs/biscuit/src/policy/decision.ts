import type { BiscuitError } from "../errors/biscuit-error.ts";
import type { Explanation, ExplainOptions } from "../explain/explanation.ts";
import { type Evidence, Explainable } from "./explainable.ts";

/** The policy that decided. */
export interface DecidingPolicy {
  readonly kind: "allow" | "deny";
  /** Among the policies, from 0. */
  readonly index: number;
  readonly source: string;
}

/** A check that did not hold. */
export interface FailedCheckDescription {
  /** Index of the token's block, or `"authorizer"`. */
  readonly origin: number | "authorizer";
  /** Among the checks of its origin, from 0. */
  readonly index: number;
  readonly source: string;
}

interface Decided {
  /** Why, as text and JSON. Worked out when it is called, and only then. */
  explain(options?: ExplainOptions): Explanation;
}

/** An allow policy matched and every check held. */
export interface Allowed extends Decided {
  readonly allowed: true;
  readonly policy: DecidingPolicy;
}

interface Refusal extends Decided {
  readonly allowed: false;
  readonly failedChecks: readonly FailedCheckDescription[];
}

/** No policy matched. */
export interface NoPolicy extends Refusal {
  readonly reason: "no-policy";
}

/** A deny policy matched. */
export interface Denied extends Refusal {
  readonly reason: "denied";
  readonly policy: DecidingPolicy;
}

/** An allow policy matched, but checks did not hold. */
export interface CheckFailed extends Refusal {
  readonly reason: "check-failed";
  readonly policy: DecidingPolicy;
}

/** The evaluation did not come to its end: an expression failed or a limit was reached. */
export interface EvaluationFailed extends Refusal {
  readonly reason: "error";
  readonly error: BiscuitError;
}

export type Refused = NoPolicy | Denied | CheckFailed | EvaluationFailed;

/** What a policy says of one token and one request. */
export type Decision = Allowed | Refused;

function refuse<Rest>(
  failedChecks: readonly FailedCheckDescription[],
  evidence: Evidence,
  rest: Rest,
): Explainable & Omit<Refusal, "explain"> & Rest {
  return Object.assign(new Explainable(evidence), { allowed: false, failedChecks } as const, rest);
}

/** What follows from the policy that matched, if any, and the checks that did not hold. */
export function decide(
  policy: DecidingPolicy | undefined,
  failedChecks: readonly FailedCheckDescription[],
  evidence: Evidence,
): Decision {
  if (policy === undefined) return refuse(failedChecks, evidence, { reason: "no-policy" });
  if (policy.kind === "deny") return refuse(failedChecks, evidence, { reason: "denied", policy });
  return failedChecks.length === 0
    ? Object.assign(new Explainable(evidence), { allowed: true, policy } as const)
    : refuse(failedChecks, evidence, { reason: "check-failed", policy });
}

/** The evaluation ended early. */
export const fail = (error: BiscuitError, evidence: Evidence): Decision =>
  refuse([], evidence, { reason: "error", error });
