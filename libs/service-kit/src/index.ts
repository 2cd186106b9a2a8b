export { ambientFactsOf, type RequestFacts } from "./authorization/ambient-facts.ts";
export { ApiAuthorizer } from "./authorization/api-authorizer.ts";
export { type Caller, callerOf } from "./authorization/caller.ts";
export { EndpointGuard } from "./authorization/endpoint.guard.ts";
export { Authorize, type FactsOf } from "./biscuit/authorize.decorator.ts";
export { BiscuitGate, type BiscuitModuleOptions } from "./biscuit/biscuit-gate.ts";
export { BiscuitRefused } from "./biscuit/biscuit-refused.ts";
export { BiscuitGuard } from "./biscuit/biscuit.guard.ts";
export { BiscuitModule, type BiscuitModuleAsyncOptions } from "./biscuit/biscuit.module.ts";
export type { NestRequest } from "./biscuit/nest-request.ts";
export { Token } from "./biscuit/token.decorator.ts";
export { ConfigError, loadConfig } from "./config/load-config.ts";
export { createService } from "./create-service.ts";
export { HealthChecks, type HealthResult } from "./health/health-checks.ts";
export { Call, callStateOf, type CallState } from "./http/call.ts";
export {
  type AnswerOf,
  type ByteAnswer,
  type CallOf,
  Endpoint,
} from "./http/endpoint.decorator.ts";
export { contractOf, handlerKindOf, Public } from "./http/handler-metadata.ts";
export { OpenCalls } from "./http/open-calls.ts";
export { ProblemError, type ProblemOptions } from "./http/problem-error.ts";
export { parseInput } from "./http/validation.ts";
export { JsonLogger, type LogFields, type LogLevel } from "./logging/json-logger.ts";
export { ServiceModule } from "./service.module.ts";
export { eventStream } from "./streams/event-stream.ts";
