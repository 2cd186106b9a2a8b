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

/** What a `BiscuitError` may say beyond its message. */
export interface BiscuitErrorDetails {
  readonly position?: SourcePosition;
  /** What the parser would have accepted at `position`. */
  readonly expected?: readonly string[];
  readonly cause?: unknown;
}

/** The only error this library throws. Messages never hold key material. */
export class BiscuitError extends Error {
  override readonly name = "BiscuitError";
  readonly code: BiscuitErrorCode;
  readonly position: SourcePosition | undefined;
  readonly expected: readonly string[];

  constructor(code: BiscuitErrorCode, message: string, details: BiscuitErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.position = details.position;
    this.expected = details.expected ?? [];
  }
}
