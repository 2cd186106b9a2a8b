import { BiscuitError, type BiscuitErrorDetails } from "../errors/biscuit-error.ts";
import { fromJs } from "../values/from-js.ts";
import { toJs } from "../values/to-js.ts";
import { ArrayValue, MapValue, SetValue, typeName, type Value } from "../values/value.ts";
import {
  type Expression,
  type ExpressionOf,
  type ExpressionVisitor,
  Variable,
  visit,
} from "./ast.ts";
import type { NameList } from "./name-list.ts";
import { BINARY_OPERATIONS, UNARY_OPERATIONS } from "./operations.ts";
import type { Quantifier } from "./operators.ts";
import type { RunContext } from "./run-context.ts";

/** The values of a query's variables, by slot. Closures' parameters have slots after the query's own. */
export type Frame = (Value | undefined)[];

/** A compiled expression. */
export type Evaluator = (frame: Frame, run: RunContext) => Value;

/** Errors that `try_or` costs: they carry a stack trace. */
const STEPS_OF_AN_ERROR = 800;
/** A closure called for one element. */
const STEPS_OF_A_CLOSURE = 2;
/** Calls into the host are not cheap either. */
const STEPS_OF_A_CALL = 50;

/** The variables in scope; where each stands is its slot. */
type Slots = NameList;

const COMPILERS: ExpressionVisitor<Slots, Evaluator> = {
  term: ({ term }, slots) => compileTerm(term, slots),
  unary({ operator, operand }, slots) {
    const value = compileExpression(operand, slots);
    const operation = UNARY_OPERATIONS[operator];
    return (frame, run) => operation(value(frame, run), run);
  },
  binary(expression, slots) {
    const left = compileExpression(expression.left, slots);
    const right = compileExpression(expression.right, slots);
    const operation = BINARY_OPERATIONS[expression.operator];
    return (frame, run) => {
      run.budget.spend(1);
      return operation(left(frame, run), right(frame, run), run);
    };
  },
  lazy: compileLazy,
  quantifier: compileQuantifier,
  try: compileTry,
  extern: compileExtern,
};

/** Compiles once what is evaluated for each match. */
export function compileExpression(expression: Expression, slots: Slots): Evaluator {
  return visit(expression, COMPILERS, slots);
}

function compileTerm(term: Value | Variable, slots: Slots): Evaluator {
  if (!(term instanceof Variable)) return () => term;
  const { name } = term;
  const slot = slots.find(name);
  if (slot < 0) return failing("unknown-variable", `$${name} has no value here`);
  return (frame) => {
    const value = frame[slot];
    if (value === undefined)
      throw new BiscuitError("unknown-variable", `$${name} has no value here`);
    return value;
  };
}

function failing(
  code: BiscuitError["code"],
  message: string,
  details?: BiscuitErrorDetails,
): () => never {
  return () => {
    throw new BiscuitError(code, message, details);
  };
}

function compileLazy(expression: ExpressionOf<"lazy">, slots: Slots): Evaluator {
  const left = compileExpression(expression.left, slots);
  const right = compileExpression(expression.right, slots);
  const decisive = expression.operator === "||";
  return (frame, run) => {
    run.budget.spend(1);
    const value = left(frame, run);
    if (typeof value !== "boolean") {
      throw new BiscuitError(
        "invalid-type",
        `${expression.operator} is not defined on ${typeName(value)}`,
      );
    }
    return value === decisive ? value : right(frame, run);
  };
}

/** Entries as [key, value] arrays, each made when it is reached: a quantifier may end at the first. */
function* pairsOf(map: MapValue): Iterable<Value> {
  for (const entry of map.entries) yield new ArrayValue(entry);
}

/** What a quantifier ranges over: elements, or [key, value] pairs of a map. */
function itemsOf(collection: Value, operator: Quantifier): Iterable<Value> {
  if (collection instanceof SetValue || collection instanceof ArrayValue)
    return collection.elements;
  if (collection instanceof MapValue) return pairsOf(collection);
  throw new BiscuitError("invalid-type", `${operator} is not defined on ${typeName(collection)}`);
}

function compileQuantifier(expression: ExpressionOf<"quantifier">, slots: Slots): Evaluator {
  const { operator, parameter } = expression;
  const collection = compileExpression(expression.collection, slots);
  // Found out when the call is reached, not before: a call that laziness skips is no error.
  const shadowed = slots.find(parameter) >= 0;
  const slot = slots.size;
  const body = compileExpression(expression.body, slots.with(parameter));
  const decisive = operator === "any";
  return (frame, run) => {
    const value = collection(frame, run);
    if (shadowed) throw new BiscuitError("shadowed-variable", `$${parameter} is taken already`);
    for (const item of itemsOf(value, operator)) {
      run.budget.spend(STEPS_OF_A_CLOSURE);
      frame[slot] = item;
      const result = body(frame, run);
      if (typeof result !== "boolean") {
        throw new BiscuitError(
          "invalid-type",
          `the closure of ${operator} gives ${typeName(result)}, not bool`,
        );
      }
      if (result === decisive) return decisive;
    }
    return !decisive;
  };
}

/** Errors that no fallback may hide: the evaluation as a whole is at its end. */
const isCatchable = (error: unknown): boolean =>
  error instanceof BiscuitError && error.code !== "too-many-steps" && error.code !== "too-large";

function compileTry(expression: ExpressionOf<"try">, slots: Slots): Evaluator {
  const attempt = compileExpression(expression.attempt, slots);
  const fallback = compileExpression(expression.fallback, slots);
  return (frame, run) => {
    // The fallback is not lazy: its errors are errors even when the attempt succeeds.
    const other = fallback(frame, run);
    run.budget.spend(1);
    try {
      return attempt(frame, run);
    } catch (error) {
      if (!isCatchable(error)) throw error;
      run.budget.spend(STEPS_OF_AN_ERROR);
      return other;
    }
  };
}

function compileExtern(expression: ExpressionOf<"extern">, slots: Slots): Evaluator {
  const { name } = expression;
  const operand = compileExpression(expression.operand, slots);
  const argument =
    expression.argument === undefined ? undefined : compileExpression(expression.argument, slots);
  return (frame, run) => {
    run.budget.spend(STEPS_OF_A_CALL);
    const values = [operand(frame, run), argument?.(frame, run)] as const;
    return callExtern(name, values[0], values[1], run);
  };
}

function callExtern(
  name: string,
  operand: Value,
  argument: Value | undefined,
  run: RunContext,
): Value {
  const extern = Object.hasOwn(run.externs, name) ? run.externs[name] : undefined;
  if (extern === undefined) {
    throw new BiscuitError(
      "undefined-extern",
      `the authorizer has no external function ${JSON.stringify(name)}`,
    );
  }
  try {
    return fromJs(extern(toJs(operand), argument === undefined ? undefined : toJs(argument)));
  } catch (cause) {
    throw new BiscuitError(
      "extern-failed",
      `the external function ${JSON.stringify(name)} failed`,
      { cause },
    );
  }
}
