import { lazy } from "./lazy.ts";

/**
 * An expression with classes of Unicode, which is made at its first use. The engine reads every expression that stands in a
 * source when the source is loaded, that of a function which is never called too; with such a class each takes 0.1 ms.
 */
export const lazyPattern = (source: string, flags: string): (() => RegExp) =>
  lazy(() => new RegExp(source, flags));

/** A name as it stands in an expression: a letter or `_`, then letters, digits, `_` or `:`. */
export const NAME_PATTERN: string = String.raw`[\p{L}_][\p{L}\p{N}_:]*`;
/** What follows after the first letter of a name. */
export const WORD_PATTERN: string = String.raw`[\p{L}\p{N}_:]`;
