/** Versions of Datalog blocks: 3 is v3.0, 6 is v3.3. */
export const MIN_VERSION = 3;
export const MAX_VERSION = 6;
/** Scopes, `check all`, bitwise operators and `!==`. */
export const VERSION_3_1 = 4;
/** Third-party blocks. */
export const VERSION_3_2 = 5;
/** `reject if`, null, arrays, maps, closures, `==`, `.type()`, external functions. */
export const VERSION_3_3 = 6;

/** In the order of their wire codes; external calls take the code after these. */
export const UNARY_OPERATORS = ["!", "()", "length", "type"] as const;
export type UnaryOperator = (typeof UNARY_OPERATORS)[number];

/** Operators whose right side is a closure. */
export type LazyOperator = "&&" | "||";
export type Quantifier = "all" | "any";

/** Everything a binary operation on the wire can be, in the order of their codes (schema.proto, `OpBinary`). */
export const WIRE_BINARY = [
  "<", ">", "<=", ">=", "===", "contains", "starts_with", "ends_with", "matches", "+", "-", "*", "/", "and", "or",
  "intersection", "union", "&", "|", "^", "!==", "==", "!=", "&&", "||", "all", "any", "get", "extern", "try_or",
] as const; // prettier-ignore
export type WireBinary = (typeof WIRE_BINARY)[number];

/** Operators on two values. `and` and `or` are the eager forms that versions before v3.3 write for `&&` and `||`. */
export type BinaryOperator = Exclude<WireBinary, LazyOperator | Quantifier | "extern" | "try_or">;

export const isLazy = (operator: WireBinary): operator is LazyOperator =>
  operator === "&&" || operator === "||";

export const isQuantifier = (operator: WireBinary): operator is Quantifier =>
  operator === "all" || operator === "any";

export const isPlain = (operator: WireBinary): operator is BinaryOperator =>
  !isLazy(operator) && !isQuantifier(operator) && operator !== "extern" && operator !== "try_or";
