import { type Problem, problem, type ProblemCode } from "@bastide/contracts";

export interface ProblemOptions extends ErrorOptions {
  readonly errors?: Problem["errors"];
  readonly why?: Problem["why"];
  /** Seconds after which the same request may succeed: becomes `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Becomes `WWW-Authenticate` (RFC 6750 §3). */
  readonly challenge?: string;
}

/** Ends a request with a problem. The detail is for the caller: the fact, the value, the limit, the fix; no secret. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options);
    this.code = code;
    this.options = options;
  }

  /** RFC 9457 body; `instance` is the request's id. */
  toProblem(instance: string): Problem {
    const { errors, why } = this.options;
    return problem(this.code, this.message, {
      instance,
      ...(errors && { errors }),
      ...(why && { why }),
    });
  }
}
