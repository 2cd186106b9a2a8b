import {
  type Expression,
  type ExpressionOf,
  type ExpressionVisitor,
  visit,
} from "../datalog/ast.ts";
import type { BinaryOperator } from "../datalog/operators.ts";
import { DateValue } from "../values/value.ts";
import { printName, printTerm, printVariable } from "./print-term.ts";

/** How tight each infix operator binds; what is not here is a method. */
const PRECEDENCE: Partial<Record<BinaryOperator, number>> = {
  "===": 2, "!==": 2, "==": 2, "!=": 2, "<": 2, ">": 2, "<=": 2, ">=": 2,
  "^": 3, "|": 4, "&": 5, "+": 7, "-": 7, "*": 8, "/": 8,
}; // prettier-ignore
const OR = 0;
const AND = 1;
const COMPARISON = 2;
/** `!` takes a whole sum, so a negation stands in parentheses wherever a sum would. */
const NEGATION = 6;
const SUM = 7;
const PRIMARY = 9;

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
  lazy({ operator, left, right }, wanted) {
    const precedence = operator === "||" ? OR : AND;
    const text = `${print(left, precedence)} ${operator} ${print(right, precedence + 1)}`;
    return parenthesised(text, precedence, wanted);
  },
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
  const { operator } = expression;
  const precedence = PRECEDENCE[operator];
  if (precedence === undefined) {
    return `${print(expression.left, PRIMARY)}.${operator}(${print(expression.right, 0)})`;
  }
  // Comparisons do not chain on either side; the others associate to the left.
  const left = print(expression.left, precedence === COMPARISON ? precedence + 1 : precedence);
  const right = print(expression.right, precedence + 1);
  return parenthesised(`${left} ${operator} ${right}`, precedence, wanted);
}
