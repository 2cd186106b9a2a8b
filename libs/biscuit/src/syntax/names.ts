import { lazyPattern, NAME_PATTERN, WORD_PATTERN } from "../values/lazy-pattern.ts";

/** Names of predicates and external functions: a letter or `_`, then letters, digits, `_` or `:`. */
export const NAME: () => RegExp = lazyPattern(NAME_PATTERN, "uy");

/** Names of variables, which may begin with a digit too. */
export const VARIABLE_NAME: () => RegExp = lazyPattern(`${WORD_PATTERN}+`, "uy");

/** `{name}`: a value that is given beside the source. */
export const PARAMETER: RegExp = /\{([A-Za-z][A-Za-z0-9_:]*)\}/y;

/** Whether all of `text` is such a name. */
function isWhole(text: string, name: RegExp): boolean {
  name.lastIndex = 0;
  return name.test(text) && name.lastIndex === text.length;
}

// Most are ASCII, for which the large tables of Unicode need not be loaded.
export const isName = (text: string): boolean =>
  /^[A-Za-z_][\w:]*$/.test(text) || isWhole(text, NAME());
export const isVariableName = (text: string): boolean =>
  /^[\w:]+$/.test(text) || isWhole(text, VARIABLE_NAME());
