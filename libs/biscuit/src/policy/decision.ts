import { BiscuitError } from "../errors/biscuit-error.ts";

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

/** An allow policy matched and every check held. */
export interface Allowed {
  readonly allowed: true;
  readonly policy: DecidingPolicy;
}

interface Refusal {
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
