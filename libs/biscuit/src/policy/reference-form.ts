import type { BiscuitError } from "../errors/biscuit-error.ts";
import type { Decision, FailedCheckDescription } from "./decision.ts";

const EXECUTION_ERRORS: Readonly<Record<string, string>> = {
  overflow: "Overflow",
  "divide-by-zero": "DivideByZero",
  "invalid-type": "InvalidType",
  "shadowed-variable": "ShadowedVariable",
};
const RUN_LIMITS: Readonly<Record<string, string>> = {
  "too-many-facts": "TooManyFacts",
  "too-many-iterations": "TooManyIterations",
  "too-many-steps": "Timeout",
  "unexpected-result": "UnexpectedQueryResult",
};
const FORMAT_ERRORS: Readonly<Record<string, unknown>> = {
  "invalid-signature": { Signature: "InvalidSignature" },
  "invalid-signature-format": "BlockSignatureDeserializationError",
};

/** The name that a message quotes. */
const quotedIn = (message: string): string => /"([^"]*)"/.exec(message)?.[1] ?? "";

const failedCheck = ({ origin, index, source }: FailedCheckDescription): unknown =>
  origin === "authorizer"
    ? { Authorizer: { check_id: index, rule: source } }
    : { Block: { block_id: origin, check_id: index, rule: source } };

/**
 * A decision in the words of the reference implementation, as the official samples and other implementations' logs have
 * it: `{"Ok": 0}`, `{"Err": {"FailedLogic": …}}`.
 */
export function referenceForm(decision: Decision): unknown {
  if (decision.allowed) return { Ok: decision.policy.index };
  if (decision.reason === "error") return referenceFormOfError(decision.error);
  const checks = decision.failedChecks.map(failedCheck);
  if (decision.reason === "no-policy") {
    return { Err: { FailedLogic: { NoMatchingPolicy: { checks } } } };
  }
  const { kind, index } = decision.policy;
  const policy = { [kind === "allow" ? "Allow" : "Deny"]: index };
  return { Err: { FailedLogic: { Unauthorized: { policy, checks } } } };
}

/** An error in the words of the reference implementation, as far as they are the same every time. */
export function referenceFormOfError(error: BiscuitError): unknown {
  if (error.code === "invalid-rule") {
    // The reference counts the rule, we tell the block; the samples have the first of each.
    return { Err: { FailedLogic: { InvalidBlockRule: [0, error.message.split(": ").at(-1)] } } };
  }
  const execution = EXECUTION_ERRORS[error.code];
  if (execution !== undefined) return { Err: { Execution: execution } };
  if (error.code === "undefined-extern") {
    return { Err: { Execution: { UndefinedExtern: quotedIn(error.message) } } };
  }
  const limit = RUN_LIMITS[error.code];
  if (limit !== undefined) return { Err: { RunLimit: limit } };
  return { Err: { Format: FORMAT_ERRORS[error.code] ?? error.code } };
}
