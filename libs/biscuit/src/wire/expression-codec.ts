import { type Expression, type ExpressionVisitor, visit } from "../datalog/ast.ts";
import {
  isLazy,
  isPlain,
  isQuantifier,
  UNARY_OPERATORS,
  WIRE_BINARY,
  type WireBinary,
} from "../datalog/operators.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";
import { MessageReader } from "./message-reader.ts";
import { MessageWriter } from "./message-writer.ts";
import type { SymbolTable } from "./symbols.ts";
import { quickTerm, readTerm, writeTerm } from "./term-codec.ts";

/** Unary operators on the wire: external calls come after ours. */
const WIRE_UNARY = [...UNARY_OPERATORS, "extern"] as const;

interface Closure {
  readonly kind: "closure";
  readonly parameters: readonly string[];
  readonly body: Expression;
  readonly depth: number;
}

interface Operand {
  readonly kind: "operand";
  readonly expression: Expression;
  readonly depth: number;
}

type Entry = Operand | Closure;

const invalid = (message: string): BiscuitError =>
  new BiscuitError("malformed-token", `an expression is not well-formed: ${message}`);

/**
 * Turns a list of stack operations into a tree. Lists that would leave the stack wrong, or that pair an operator with a
 * closure it does not take, are refused here and not when they run.
 */
export function readExpression(message: MessageReader, symbols: SymbolTable): Expression {
  return readOperations(message, 1, symbols, 0).expression;
}

/** `field`: of `message`, that holds the operations. */
function readOperations(
  message: MessageReader,
  field: number,
  symbols: SymbolTable,
  depth: number,
): Operand {
  const stack: Entry[] = [];
  const add = (op: MessageReader): void => {
    const entry = readOperation(op, stack, symbols, depth);
    if (entry.depth + depth > LIMITS.expressionDepth) {
      throw new BiscuitError(
        "too-large",
        `an expression is nested more than ${LIMITS.expressionDepth} deep`,
      );
    }
    stack.push(entry);
  };
  message.each(field, "Op", add, undefined);
  const [result, ...more] = stack;
  if (result?.kind !== "operand" || more.length > 0) throw invalid("it does not leave one value");
  return result;
}

function readOperation(
  op: MessageReader,
  stack: Entry[],
  symbols: SymbolTable,
  depth: number,
): Entry {
  switch (op.oneOf([1, 2, 3, 4])) {
    case 1: {
      const term = op.one(1, "Term", readTerm, symbols, quickTerm);
      return { kind: "operand", expression: { kind: "term", term }, depth: 1 };
    }
    case 2:
      return readUnary(op.message(2, "OpUnary"), stack, symbols);
    case 3:
      return readBinary(op.message(3, "OpBinary"), stack, symbols);
    default:
      return readClosure(op.message(4, "OpClosure"), symbols, depth + 1);
  }
}

function readClosure(message: MessageReader, symbols: SymbolTable, depth: number): Closure {
  if (depth > LIMITS.expressionDepth) {
    throw new BiscuitError(
      "too-large",
      `closures are nested more than ${LIMITS.expressionDepth} deep`,
    );
  }
  const parameters = message.uint32s(1).map((index) => symbols.textOf(index));
  const body = readOperations(message, 2, symbols, depth);
  return { kind: "closure", parameters, body: body.expression, depth: body.depth + 1 };
}

function popOperand(stack: Entry[]): Operand {
  const entry = stack.pop();
  if (entry?.kind !== "operand") throw invalid("an operator lacks its operand");
  return entry;
}

const externName = (message: MessageReader, symbols: SymbolTable): string =>
  symbols.textOf(message.uint64(2));

function readUnary(message: MessageReader, stack: Entry[], symbols: SymbolTable): Operand {
  const operator = message.enumeration(1, WIRE_UNARY);
  const { expression: operand, depth } = popOperand(stack);
  const expression: Expression =
    operator === "extern"
      ? { kind: "extern", name: externName(message, symbols), operand }
      : { kind: "unary", operator, operand };
  return { kind: "operand", expression, depth: depth + 1 };
}

function readBinary(message: MessageReader, stack: Entry[], symbols: SymbolTable): Operand {
  const operator = message.enumeration(1, WIRE_BINARY);
  const [right, left] = [stack.pop(), stack.pop()];
  if (right === undefined || left === undefined) throw invalid("an operator lacks an operand");
  const name = operator === "extern" ? externName(message, symbols) : "";
  const expression = combine(operator, left, right, name);
  return { kind: "operand", expression, depth: Math.max(left.depth, right.depth) + 1 };
}

/** The one shape of operands that each operator has. */
function combine(operator: WireBinary, left: Entry, right: Entry, name: string): Expression {
  if (left.kind === "closure") {
    if (operator === "try_or" && right.kind === "operand" && left.parameters.length === 0) {
      return { kind: "try", attempt: left.body, fallback: right.expression };
    }
    throw invalid(`${operator} does not take a closure on its left`);
  }
  if (right.kind === "closure") return combineClosure(operator, left.expression, right);
  if (operator === "extern") {
    return { kind: "extern", name, operand: left.expression, argument: right.expression };
  }
  if (!isPlain(operator)) throw invalid(`${operator} needs a closure`);
  return { kind: "binary", operator, left: left.expression, right: right.expression };
}

function combineClosure(operator: WireBinary, left: Expression, closure: Closure): Expression {
  const [parameter, ...more] = closure.parameters;
  if (isLazy(operator) && parameter === undefined) {
    return { kind: "lazy", operator, left, right: closure.body };
  }
  if (isQuantifier(operator) && parameter !== undefined && more.length === 0) {
    return { kind: "quantifier", operator, collection: left, parameter, body: closure.body };
  }
  throw invalid(`${operator} does not take a closure with ${closure.parameters.length} parameters`);
}

/** Encodes a tree as stack operations, adding its strings to `symbols` in the order of the operations. */
export function writeExpression(expression: Expression, symbols: SymbolTable): MessageWriter {
  return writeAll(new MessageWriter(), 1, expression, symbols);
}

/** Writes the operations of `expression` as the repeated `field` of `target`. */
function writeAll(
  target: MessageWriter,
  field: number,
  expression: Expression,
  symbols: SymbolTable,
): MessageWriter {
  for (const op of operationsOf(expression, symbols)) target.message(field, op);
  return target;
}

const binaryOp = (operator: WireBinary, name?: number): MessageWriter => {
  const message = new MessageWriter().uint(1, WIRE_BINARY.indexOf(operator));
  if (name !== undefined) message.uint(2, name);
  return new MessageWriter().message(3, message);
};

const unaryOp = (operator: (typeof WIRE_UNARY)[number], name?: number): MessageWriter => {
  const message = new MessageWriter().uint(1, WIRE_UNARY.indexOf(operator));
  if (name !== undefined) message.uint(2, name);
  return new MessageWriter().message(2, message);
};

function closureOp(
  parameters: readonly string[],
  body: Expression,
  symbols: SymbolTable,
): MessageWriter {
  const message = new MessageWriter();
  for (const parameter of parameters) message.uint(1, symbols.symbolOf(parameter));
  return new MessageWriter().message(4, writeAll(message, 2, body, symbols));
}

const OPERATIONS: ExpressionVisitor<SymbolTable, MessageWriter[]> = {
  term: ({ term }, symbols) => [new MessageWriter().message(1, writeTerm(term, symbols))],
  unary: ({ operator, operand }, symbols) => [...operationsOf(operand, symbols), unaryOp(operator)],
  binary: ({ operator, left, right }, symbols) => [
    ...operationsOf(left, symbols),
    ...operationsOf(right, symbols),
    binaryOp(operator),
  ],
  lazy: ({ operator, left, right }, symbols) => [
    ...operationsOf(left, symbols),
    closureOp([], right, symbols),
    binaryOp(operator),
  ],
  quantifier: ({ operator, collection, parameter, body }, symbols) => [
    ...operationsOf(collection, symbols),
    closureOp([parameter], body, symbols),
    binaryOp(operator),
  ],
  try: ({ attempt, fallback }, symbols) => [
    closureOp([], attempt, symbols),
    ...operationsOf(fallback, symbols),
    binaryOp("try_or"),
  ],
  extern({ name, operand, argument }, symbols) {
    const operations = operationsOf(operand, symbols);
    if (argument === undefined) return [...operations, unaryOp("extern", symbols.symbolOf(name))];
    operations.push(...operationsOf(argument, symbols));
    return [...operations, binaryOp("extern", symbols.symbolOf(name))];
  },
};

function operationsOf(expression: Expression, symbols: SymbolTable): MessageWriter[] {
  return visit(expression, OPERATIONS, symbols);
}
