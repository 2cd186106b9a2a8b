import { type Expression, type ExpressionOf, partsOf, type Query } from "../datalog/ast.ts";
import { compileExpression } from "../datalog/compile-expression.ts";
import type { RunContext } from "../datalog/run-context.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import {
  ArrayValue,
  elementsOf,
  MapValue,
  SetValue,
  typeName,
  type Value,
} from "../values/value.ts";
import type { Bindings, Match } from "./search.ts";

/** An expression that failed, with what it was evaluated on. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  readonly expression: Expression;
  readonly match: Match;
  override readonly cause: BiscuitError;

  constructor(expression: Expression, match: Match, cause: BiscuitError) {
    super(cause.message, { cause });
    this.expression = expression;
    this.match = match;
    this.cause = cause;
  }
}

/** The limit ends everything; it is no fault of the expression that happened to meet it. */
export const isLimit = (error: unknown): error is BiscuitError =>
  error instanceof BiscuitError &&
  (error.code.startsWith("too-many-") || error.code === "too-large");

/** The value of an expression. Throws what the engine throws. */
export function valueOf(expression: Expression, bindings: Bindings, run: RunContext): Value {
  const slots = new Map(Array.from(bindings.keys(), (name, slot) => [name, slot]));
  return compileExpression(expression, slots)([...bindings.values()], run);
}

/** The first expression of a query that does not hold. Throws `ExpressionError`, and `BiscuitError` for limits. */
export function firstFalse(query: Query, match: Match, run: RunContext): Expression | undefined {
  return query.expressions.find((expression) => !holds(expression, match, run));
}

function holds(expression: Expression, match: Match, run: RunContext): boolean {
  try {
    const value = valueOf(expression, match.bindings, run);
    if (typeof value === "boolean") return value;
    throw new BiscuitError("invalid-type", `it gives ${typeName(value)}, not bool`);
  } catch (error) {
    if (!(error instanceof BiscuitError) || isLimit(error)) throw error;
    throw new ExpressionError(expression, match, error);
  }
}

/** A part of an expression and the values it stands on. */
export interface PartValues {
  readonly part: Expression;
  readonly bindings: Bindings;
  /** Operands that are more than a literal, with their values. */
  readonly operands: readonly { readonly part: Expression; readonly value: Value }[];
}

/** The parts that made an expression false: of `a && b` the one that is false, of `a || b` both. */
export function reasonsOf(
  expression: Expression,
  bindings: Bindings,
  run: RunContext,
): PartValues[] {
  if (expression.kind === "lazy") return reasonsOfLazy(expression, bindings, run);
  if (expression.kind === "unary" && expression.operator === "()") {
    return reasonsOf(expression.operand, bindings, run);
  }
  if (expression.kind === "quantifier" && expression.operator === "all") {
    return reasonsOfAll(expression, bindings, run);
  }
  return [{ part: expression, bindings, operands: operandsOf(expression, bindings, run) }];
}

function reasonsOfLazy(
  { operator, left, right }: ExpressionOf<"lazy">,
  bindings: Bindings,
  run: RunContext,
): PartValues[] {
  const isLeftFalse = valueOf(left, bindings, run) === false;
  const ofLeft = isLeftFalse ? reasonsOf(left, bindings, run) : [];
  if (operator === "&&" && isLeftFalse) return ofLeft;
  return [...ofLeft, ...reasonsOf(right, bindings, run)];
}

/** What a closure's parameter takes, in order. */
function itemsOf(collection: Value): readonly Value[] {
  if (collection instanceof MapValue) {
    return Array.from(collection.entries, (entry) => new ArrayValue(entry));
  }
  const isCollection = collection instanceof SetValue || collection instanceof ArrayValue;
  return isCollection ? elementsOf(collection) : [];
}

function reasonsOfAll(
  { collection, parameter, body }: ExpressionOf<"quantifier">,
  bindings: Bindings,
  run: RunContext,
): PartValues[] {
  for (const item of itemsOf(valueOf(collection, bindings, run))) {
    const inner = new Map([...bindings, [parameter, item]]);
    if (valueOf(body, inner, run) === false) return reasonsOf(body, inner, run);
  }
  return [];
}

function operandsOf(
  expression: Expression,
  bindings: Bindings,
  run: RunContext,
): PartValues["operands"] {
  const parts = expression.kind === "term" ? [expression] : evaluatedParts(expression);
  return parts.flatMap((part) => {
    if (isLiteral(part)) return [];
    try {
      return [{ part, value: valueOf(part, bindings, run) }];
    } catch (error) {
      // What `try_or` catches has no value to show.
      if (error instanceof BiscuitError && !isLimit(error)) return [];
      throw error;
    }
  });
}

/** A closure's body has no value of its own. */
const evaluatedParts = (expression: Expression): readonly Expression[] =>
  expression.kind === "quantifier" ? [expression.collection] : partsOf(expression);

const isLiteral = (expression: Expression): boolean =>
  expression.kind === "term" &&
  (typeof expression.term !== "object" || expression.term?.type !== "variable");

/** The innermost part of a failing expression that fails itself, with the values of its operands. */
export function locateError(
  expression: Expression,
  bindings: Bindings,
  run: RunContext,
): PartValues {
  const inner = failingPart(expression, bindings, run);
  if (inner !== undefined) return locateError(inner.part, inner.bindings, run);
  return { part: expression, bindings, operands: operandsOf(expression, bindings, run) };
}

function failingPart(
  expression: Expression,
  bindings: Bindings,
  run: RunContext,
): { part: Expression; bindings: Bindings } | undefined {
  // Errors of an attempt are caught; only the fallback's come out.
  const parts = expression.kind === "try" ? [expression.fallback] : evaluatedParts(expression);
  for (const part of parts) {
    if (fails(part, bindings, run)) return { part, bindings };
    // The right side of `&&` and `||` may not be evaluated at all.
    if (expression.kind === "lazy" && decides(expression, bindings, run)) return undefined;
  }
  return expression.kind === "quantifier" ? failingItem(expression, bindings, run) : undefined;
}

const decides = (
  { operator, left }: ExpressionOf<"lazy">,
  bindings: Bindings,
  run: RunContext,
): boolean => valueOf(left, bindings, run) === (operator === "||");

function failingItem(
  { collection, parameter, body }: ExpressionOf<"quantifier">,
  bindings: Bindings,
  run: RunContext,
): { part: Expression; bindings: Bindings } | undefined {
  // A parameter that shadows a variable is itself the error.
  if (bindings.has(parameter)) return undefined;
  for (const item of itemsOf(valueOf(collection, bindings, run))) {
    const inner = new Map([...bindings, [parameter, item]]);
    if (fails(body, inner, run)) return { part: body, bindings: inner };
  }
  return undefined;
}

function fails(expression: Expression, bindings: Bindings, run: RunContext): boolean {
  try {
    valueOf(expression, bindings, run);
    return false;
  } catch (error) {
    if (error instanceof BiscuitError && !isLimit(error)) return true;
    throw error;
  }
}
