import type { RememberingSet } from "./char-set.ts";

/** What must hold between two characters. */
export type Assertion =
  | "text-start"
  | "text-end"
  | "line-start"
  | "line-end"
  | "crlf-line-start"
  | "crlf-line-end"
  | "word"
  | "not-word"
  | "word-start"
  | "word-end"
  | "word-start-half"
  | "word-end-half";

/** A regular expression as a tree. Captures are groups like any other: only whether there is a match is asked. */
export type RegexNode =
  | { readonly kind: "empty" }
  | { readonly kind: "chars"; readonly set: RememberingSet }
  | {
      readonly kind: "assert";
      readonly assertion: Assertion;
      /** Words of ASCII only. */ readonly ascii: boolean;
    }
  | { readonly kind: "sequence"; readonly nodes: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly nodes: readonly RegexNode[] }
  | {
      readonly kind: "repeat";
      readonly node: RegexNode;
      readonly min: number;
      /** Infinity: no bound. */ readonly max: number;
    };

/**
 * The pattern breaks the grammar: it matches nothing, as in the reference implementation. Nobody is told why, so it has no
 * message; why stands beside each `throw`.
 */
export class InvalidPattern extends Error {}

/** `(?flags)` */
export interface Flags {
  /** Case counts for nothing. */
  readonly i: boolean;
  /** `^` and `$` match at lines. */
  readonly m: boolean;
  /** `.` matches line feeds too. */
  readonly s: boolean;
  /** Swaps greedy and lazy: no meaning here. */
  readonly U: boolean;
  /** Classes and case are Unicode's. */
  readonly u: boolean;
  /** Blanks and comments count for nothing. */
  readonly x: boolean;
  /** Lines end with `\r\n` too. */
  readonly R: boolean;
}

export const DEFAULT_FLAGS: Flags = {
  i: false,
  m: false,
  s: false,
  U: false,
  u: true,
  x: false,
  R: false,
};
