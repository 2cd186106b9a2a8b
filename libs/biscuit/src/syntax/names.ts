/** Names of predicates and external functions: a letter or `_`, then letters, digits, `_` or `:`. */
export const NAME: RegExp = /[\p{L}_][\p{L}\p{N}_:]*/uy;

/** Names of variables, which may begin with a digit too. */
export const VARIABLE_NAME: RegExp = /[\p{L}\p{N}_:]+/uy;

/** `{name}`: a value that is given beside the source. */
export const PARAMETER: RegExp = /\{([A-Za-z][A-Za-z0-9_:]*)\}/y;

const WHOLE_NAME = new RegExp(`^${NAME.source}$`, "u");
const WHOLE_VARIABLE = new RegExp(`^${VARIABLE_NAME.source}$`, "u");

export const isName = (text: string): boolean => WHOLE_NAME.test(text);
export const isVariableName = (text: string): boolean => WHOLE_VARIABLE.test(text);

/** Methods of expressions, in the order in which errors list them. */
export const METHOD_NAMES: readonly string[] = [
  "contains", "starts_with", "ends_with", "matches", "intersection", "union", "get", "and", "or", "length", "type",
  "all", "any", "try_or",
]; // prettier-ignore
