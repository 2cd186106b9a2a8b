export { type Authorization, authorizationOf, rememberAuthorization } from "./authorization.ts";
export { type BearerCredentials, bearerOf, type HttpMessage } from "./bearer.ts";
export type { AuthorizationEvent, RefusalReason, TokenIdentity } from "./event.ts";
export {
  type Admission,
  type Admitted,
  type Asked,
  type Authentication,
  type GateOptions,
  RequestGate,
  type TokenChecker,
  whyOf,
} from "./gate.ts";
export {
  type BearerError,
  PROBLEM_TYPE,
  problemOf,
  type Refusal,
  type RefusalProblem,
  refuse,
} from "./refusal.ts";
export { type Requirement, requirementOf } from "./requirement.ts";
