export { ALGORITHMS, type Algorithm } from "./crypto/backend.ts";
export type { PrivateJwk, PublicJwk } from "./crypto/jwk.ts";
export { KeyPair } from "./crypto/key-pair.ts";
export { PublicKey } from "./crypto/public-key.ts";
export type { AsyncSigner, Signer } from "./crypto/signer.ts";
export type { Fact, Rule } from "./datalog/ast.ts";
export type { Externs, ExternFunction } from "./datalog/run-context.ts";
export {
  BiscuitError,
  type BiscuitErrorDetails,
  type ParameterMismatch,
  type SourcePosition,
} from "./errors/biscuit-error.ts";
export type { BiscuitErrorCode } from "./errors/codes.ts";
export type {
  ExplainedCheck,
  ExplainedError,
  ExplainedFact,
  ExplainedFalse,
  ExplainedMiss,
  ExplainedPart,
  ExplainedPolicy,
  ExplainedQuery,
  Explanation,
  ExplanationData,
  ExplainOptions,
  Origin,
  Redaction,
} from "./explain/explanation.ts";
export { DEFAULT_RUN_LIMITS, type RunLimits } from "./limits.ts";
export type {
  Allowed,
  CheckFailed,
  DecidingPolicy,
  Decision,
  Denied,
  EvaluationFailed,
  FailedCheckDescription,
  NoPolicy,
  Refused,
} from "./policy/decision.ts";
export type { EvaluationContext } from "./policy/evaluation.ts";
export { fact, revocationFacts } from "./policy/fact.ts";
export {
  definePolicy,
  type NoParameters,
  type Policy,
  type PolicyParameters,
} from "./policy/policy.ts";
export { type Row, rule, ruleFromSource } from "./policy/query.ts";
export type { Diagnostic } from "./syntax/diagnostic.ts";
export type { ParameterInput, ParameterInputs, SourceOptions } from "./syntax/source-parameters.ts";
export { biscuit, biscuitFromSource, type UnsignedBiscuit } from "./token/authority.ts";
export { Biscuit, UnverifiedBiscuit } from "./token/biscuit.ts";
export { type Block, block, blockFromSource, type TemplateValue } from "./token/block.ts";
export type { AppendOptions } from "./token/extend.ts";
export type { AsyncParseOptions, Parsed, ParseOptions } from "./token/open-token.ts";
export type { AsyncRevocationStore, RevocationStore } from "./token/revocation.ts";
export type { AsyncRootKeys, RootKeyCandidates, RootKeys } from "./token/root-keys.ts";
export { ThirdPartyBlock, ThirdPartyRequest } from "./token/third-party.ts";
export { type BlockDescription, canonicalRevocationId } from "./token/token-data.ts";
export type { TermInput } from "./values/from-js.ts";
export type { TermOutput } from "./values/to-js.ts";
