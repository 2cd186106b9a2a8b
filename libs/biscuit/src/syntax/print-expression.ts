import {
  type Expression,
  type ExpressionOf,
  type ExpressionVisitor,
  visit,
} from "../datalog/ast.ts";
import { DateValue } from "../values/value.ts";
import { COMPARISON, PRECEDENCE, SUM } from "./precedence.ts";
import { printName, printTerm, printVariable } from "./print-term.ts";

/** `!` takes a whole sum, so a negation stands in parentheses wherever a sum would. */
const NEGATION = SUM - 0.5;
const PRIMARY = 8;

/**
 * An expression as source that parses back to the same meaning. Parentheses that the token holds are printed; where it
 * lacks ones that the grammar needs, as tokens of foreign making may, they are added.
 */
export function printExpression(expression: Expression): string {
  return print(expression, 0);
}

function parenthesised(text: string, precedence: number, wanted: number): string {
  return precedence < wanted ? `(${text})` : text;
}

const PRINTERS: ExpressionVisitor<number, string> = {
  term: printOperand,
  unary: printUnary,
  binary: printBinary,
  lazy: printInfix,
  quantifier({ operator, collection, parameter, body }) {
    const closure = `${printVariable(parameter)} -> ${print(body, 0)}`;
    return `${print(collection, PRIMARY)}.${operator}(${closure})`;
  },
  try: ({ attempt, fallback }) => `${print(attempt, PRIMARY)}.try_or(${print(fallback, 0)})`,
  extern({ name, operand, argument }) {
    const inner = argument === undefined ? "" : print(argument, 0);
    return `${print(operand, PRIMARY)}.extern::${printName(name)}(${inner})`;
  },
};

function print(expression: Expression, wanted: number): string {
  return visit(expression, PRINTERS, wanted);
}

/** A date before a method stands in parentheses: other parsers take the dot for a part of the date. */
function printOperand(expression: ExpressionOf<"term">, wanted: number): string {
  const text = printTerm(expression.term);
  return wanted === PRIMARY && expression.term instanceof DateValue ? `(${text})` : text;
}

function printUnary({ operator, operand }: ExpressionOf<"unary">, wanted: number): string {
  if (operator === "!") return parenthesised(`!${print(operand, SUM)}`, NEGATION, wanted);
  if (operator === "()") return `(${print(operand, 0)})`;
  return `${print(operand, PRIMARY)}.${operator}()`;
}

function printBinary(expression: ExpressionOf<"binary">, wanted: number): string {
  const { operator, left, right } = expression;
  if (PRECEDENCE.has(operator)) return printInfix(expression, wanted);
  return `${print(left, PRIMARY)}.${operator}(${print(right, 0)})`;
}

function printInfix(
  { operator, left, right }: ExpressionOf<"binary" | "lazy">,
  wanted: number,
): string {
  const precedence = PRECEDENCE.get(operator) ?? 0;
  // Comparisons do not chain on either side; the others associate to the left.
  const wantedOfLeft = precedence === COMPARISON ? precedence + 1 : precedence;
  const text = `${print(left, wantedOfLeft)} ${operator} ${print(right, precedence + 1)}`;
  return parenthesised(text, precedence, wanted);
}
