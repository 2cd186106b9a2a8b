import { type Expression } from "../datalog/ast.ts";
import type { BinaryOperator, LazyOperator } from "../datalog/operators.ts";
import { LIMITS } from "../limits.ts";
import type { Cursor } from "./cursor.ts";
import { OPERATOR_START } from "./characters.ts";
import { METHOD_NAMES } from "./names.ts";
import { parseTerm } from "./parse-term.ts";

/** How tight each infix operator binds, from the loosest. All associate to the left. */
const LEVELS: ReadonlyMap<string, number> = new Map(
  [["||"], ["&&"], ["===", "!==", "==", "!=", "<=", ">=", "<", ">"], ["^"], ["|"], ["&"], ["+", "-"], ["*", "/"]]
    .flatMap((operators, level) => operators.map((operator): [string, number] => [operator, level])),
); // prettier-ignore
const OPERATOR = /\|\||&&|[=!]==?|[<>]=?|[\^|&+\-*/]/y;
/** Comparisons do not chain: `1 < 2 < 3` needs parentheses. */
const COMPARISON_LEVEL = 2;
/** What `!` negates: `!$a + $b` is `!($a + $b)`. */
const NEGATED_LEVEL = 6;

const BINARY_METHODS: ReadonlySet<string> = new Set<BinaryOperator>([
  "contains", "starts_with", "ends_with", "matches", "intersection", "union", "get", "and", "or",
]); // prettier-ignore
const UNARY_METHODS: ReadonlySet<string> = new Set(["length", "type"]);

const isBinaryMethod = (name: string): name is BinaryOperator => BINARY_METHODS.has(name);
const isUnaryMethod = (name: string): name is "length" | "type" => UNARY_METHODS.has(name);

/** An expression of any operators. */
export function parseExpression(cursor: Cursor): Expression {
  return cursor.nested(LIMITS.sourceDepth, () => parseInfix(cursor, 0));
}

type Infix = BinaryOperator | LazyOperator;
const isInfix = (text: string): text is Infix => LEVELS.has(text);

/** The operator here, consumed, when it binds at least as tight as `level`. */
function tryOperator(
  cursor: Cursor,
  level: number,
): { operator: Infix; level: number } | undefined {
  const at = cursor.offset;
  cursor.skipBlank();
  const operator = cursor.isAt(OPERATOR_START) ? cursor.tryMatch(OPERATOR)?.[0] : undefined;
  const found = operator === undefined ? undefined : LEVELS.get(operator);
  if (operator !== undefined && isInfix(operator) && found !== undefined && found >= level) {
    return { operator, level: found };
  }
  cursor.rewind(at);
  return undefined;
}

function parseInfix(cursor: Cursor, level: number): Expression {
  let left = parseUnary(cursor);
  for (let operators = 1; ; operators++) {
    const found = tryOperator(cursor, level);
    if (found === undefined) return left;
    // A row of operators is as deep as it is long; the rest need not be read to know that it is too deep.
    if (operators >= LIMITS.expressionDepth) {
      const message = `an expression is more than ${LIMITS.expressionDepth} deep`;
      throw cursor.error(message, [], "too-large");
    }
    left = combine(found.operator, left, parseInfix(cursor, found.level + 1));
    if (found.level !== COMPARISON_LEVEL) continue;
    const at = cursor.offset;
    const next = tryOperator(cursor, COMPARISON_LEVEL);
    if (next?.level === COMPARISON_LEVEL) {
      throw cursor.error("comparisons do not chain; use parentheses", [], "syntax", at);
    }
    cursor.rewind(at);
  }
}

function combine(
  operator: BinaryOperator | LazyOperator,
  left: Expression,
  right: Expression,
): Expression {
  return operator === "&&" || operator === "||"
    ? { kind: "lazy", operator, left, right }
    : { kind: "binary", operator, left, right };
}

function parseUnary(cursor: Cursor): Expression {
  cursor.skipBlank();
  if (!cursor.startsWith("!")) return parseMethods(cursor);
  cursor.tryText("!");
  const operand = cursor.nested(LIMITS.sourceDepth, () => parseInfix(cursor, NEGATED_LEVEL));
  return { kind: "unary", operator: "!", operand };
}

function parsePrimary(cursor: Cursor): Expression {
  cursor.skipBlank();
  if (!cursor.tryText("(")) return { kind: "term", term: parseTerm(cursor) };
  const operand = parseExpression(cursor);
  cursor.expect(")", "this expression");
  return { kind: "unary", operator: "()", operand };
}

function parseMethods(cursor: Cursor): Expression {
  let receiver = parsePrimary(cursor);
  while (cursor.tryText(".")) receiver = parseMethod(cursor, receiver);
  return receiver;
}

function parseMethod(cursor: Cursor, receiver: Expression): Expression {
  const at = cursor.offset;
  const name = cursor.tryName();
  if (name === undefined) throw cursor.unexpected(["the name of a method"], 'after "."');
  if (name.startsWith("extern::"))
    return parseExtern(cursor, receiver, name.slice("extern::".length));
  const isKnown = METHOD_NAMES.includes(name);
  if (!isKnown) {
    const message = `there is no method ${JSON.stringify(name)}; there are ${METHOD_NAMES.join(", ")} and extern::<name>`;
    throw cursor.error(message, METHOD_NAMES, "syntax", at);
  }
  cursor.expect("(", `the method ${name}`);
  const call = parseCall(cursor, receiver, name);
  cursor.expect(")", `the argument of ${name}`);
  return call;
}

function parseCall(cursor: Cursor, receiver: Expression, name: string): Expression {
  if (isUnaryMethod(name)) return { kind: "unary", operator: name, operand: receiver };
  if (isBinaryMethod(name)) {
    return { kind: "binary", operator: name, left: receiver, right: parseExpression(cursor) };
  }
  if (name === "try_or") {
    return { kind: "try", attempt: receiver, fallback: parseExpression(cursor) };
  }
  const operator = name === "all" ? "all" : "any";
  const parameter = parseParameter(cursor);
  return {
    kind: "quantifier",
    operator,
    collection: receiver,
    parameter,
    body: parseExpression(cursor),
  };
}

function parseParameter(cursor: Cursor): string {
  cursor.expect("$", "the parenthesis");
  const name = cursor.tryVariableName();
  if (name === undefined) throw cursor.unexpected(["the name of a variable"]);
  cursor.expect("->", "the parameter");
  return name;
}

function parseExtern(cursor: Cursor, operand: Expression, name: string): Expression {
  if (name === "") throw cursor.unexpected(["the name of an external function"]);
  cursor.expect("(", "the name of an external function");
  cursor.skipBlank();
  if (cursor.tryText(")")) return { kind: "extern", name, operand };
  const argument = parseExpression(cursor);
  cursor.expect(")", "the argument");
  return { kind: "extern", name, operand, argument };
}
