import type { SourcePosition } from "../errors/biscuit-error.ts";
import type { BiscuitErrorCode } from "../errors/codes.ts";

/** What `lintSource` warns of. */
export const LINT_CODES = [
  "unknown-predicate",
  "wrong-arity",
  "never-matches",
  "unused-variable",
  "missing-expiry-check",
  "unscoped-third-party-fact",
] as const;
export type LintCode = (typeof LINT_CODES)[number];

/** Something about a place in a source, for editors and terminals. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly code: BiscuitErrorCode | LintCode;
  /** Without the place and without the suggestion. */
  readonly message: string;
  readonly position: SourcePosition;
  /** Where what is wrong ends: the first place after it. */
  readonly end: SourcePosition;
  /** What the parser would have accepted at `position`. */
  readonly expected: readonly string[];
  /** What is probably meant, as a sentence. */
  readonly suggestion: string | undefined;
}

/** What makes a source unreadable. */
export interface SourceError extends Diagnostic {
  readonly severity: "error";
  readonly code: BiscuitErrorCode;
}
