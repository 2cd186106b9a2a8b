import type { Diagnostic } from "../syntax/diagnostic.ts";
import type { BiscuitErrorCode } from "./codes.ts";

/** A place in Datalog source. */
export interface SourcePosition {
  /** Index into the source, in UTF-16 units, from 0. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in code points. */
  readonly column: number;
}

/** How the values that were given differ from the parameters that a source has. */
export interface ParameterMismatch {
  /** Names without a value. */
  readonly missing: readonly string[];
  /** Names of values that nothing uses. */
  readonly unused: readonly string[];
}

/** What a `BiscuitError` may say beyond its message. */
export interface BiscuitErrorDetails {
  readonly parameters?: ParameterMismatch;
  readonly position?: SourcePosition;
  /** What the parser would have accepted at `position`. */
  readonly expected?: readonly string[];
  /** What is probably meant, as a sentence. */
  readonly suggestion?: string | undefined;
  /** Of Datalog source: everything that is wrong with it, this error's own included. */
  readonly diagnostics?: readonly Diagnostic[];
  readonly cause?: unknown;
}

/** The only error this library throws. Messages never hold key material. */
export class BiscuitError extends Error {
  override readonly name = "BiscuitError";
  readonly code: BiscuitErrorCode;
  /** Of `invalid-parameters`. */
  readonly parameters: ParameterMismatch | undefined;
  readonly position: SourcePosition | undefined;
  readonly expected: readonly string[];
  readonly suggestion: string | undefined;
  readonly diagnostics: readonly Diagnostic[];

  constructor(code: BiscuitErrorCode, message: string, details: BiscuitErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.parameters = details.parameters;
    this.position = details.position;
    this.expected = details.expected ?? [];
    this.suggestion = details.suggestion;
    this.diagnostics = details.diagnostics ?? [];
  }
}

/** What is wrong with a value of the caller's, to be told with its place. */
export const reasonOf = (cause: unknown): string =>
  cause instanceof BiscuitError ? cause.message : "not a term";

/** What a part of the library says that is not in the core and was not loaded. */
export const notLoaded = (what: string, entry: string): BiscuitError =>
  new BiscuitError("not-installed", `${what} not loaded; import "@bastide/biscuit/${entry}" once`);
