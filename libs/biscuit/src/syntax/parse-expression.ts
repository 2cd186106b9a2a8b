import { type Expression } from "../datalog/ast.ts";
import {
  type BinaryOperator,
  isPlain,
  type LazyOperator,
  WIRE_BINARY,
} from "../datalog/operators.ts";
import { LIMITS } from "../limits.ts";
import type { Cursor } from "./cursor.ts";
import { OPERATOR_START } from "./characters.ts";
import { parseTerm } from "./parse-term.ts";
import { COMPARISON, PRECEDENCE, SUM } from "./precedence.ts";

const OPERATOR = /\|\||&&|[=!]==?|[<>]=?|[\^|&+\-*/]/y;

const BINARY_METHODS: readonly string[] = WIRE_BINARY.filter(
  (operator) => isPlain(operator) && /^[a-z]/.test(operator),
);
/** In the order in which errors list them. */
export const METHOD_NAMES: readonly string[] = [
  ...BINARY_METHODS, "length", "type", "all", "any", "try_or",
]; // prettier-ignore

const isBinaryMethod = (name: string): name is BinaryOperator => BINARY_METHODS.includes(name);
const isUnaryMethod = (name: string): name is "length" | "type" =>
  name === "length" || name === "type";

/** An expression of any operators. */
export function parseExpression(cursor: Cursor): Expression {
  return parseDeeper(cursor, 0);
}

function parseDeeper(cursor: Cursor, level: number): Expression {
  cursor.enter(LIMITS.sourceDepth);
  const expression = parseInfix(cursor, level);
  cursor.leave();
  return expression;
}

type Infix = BinaryOperator | LazyOperator;
const isInfix = (text: string): text is Infix => PRECEDENCE.has(text);

/** The operator here, consumed, when it binds at least as tight as `level`. */
function tryOperator(
  cursor: Cursor,
  level: number,
): { operator: Infix; level: number } | undefined {
  const at = cursor.offset;
  cursor.skipBlank();
  if (!cursor.isAt(OPERATOR_START)) {
    cursor.rewind(at);
    return undefined;
  }
  const operator = cursor.tryMatch(OPERATOR)?.[0];
  const found = operator === undefined ? undefined : PRECEDENCE.get(operator);
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
    if (found.level !== COMPARISON) continue;
    const at = cursor.offset;
    const next = tryOperator(cursor, COMPARISON);
    if (next?.level === COMPARISON) {
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
  if (!cursor.tryText("!")) return parseMethods(cursor);
  return { kind: "unary", operator: "!", operand: parseDeeper(cursor, SUM) };
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
