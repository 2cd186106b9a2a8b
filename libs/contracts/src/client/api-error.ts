import type { Problem, ProblemCode } from "../problem.ts";

/** An API answered with a problem. `problem.detail` says what to do. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }

  get code(): ProblemCode {
    return this.problem.code;
  }
}

/** The API could not be reached, or what answered was not the API. */
export class ApiUnreachable extends Error {
  override readonly name = "ApiUnreachable";
}
