import { BiscuitError } from "../errors/biscuit-error.ts";
import { compileRegex } from "../regex/regex.ts";
import { add, bitAnd, bitOr, bitXor, divide, multiply, subtract } from "../values/integer.ts";
import type { Integer } from "../values/integer.ts";
import { utf8Length } from "../values/text.ts";
import {
  ArrayValue,
  comparedLength,
  isInteger,
  keyOf,
  MapValue,
  sameValue,
  SetValue,
  typeName,
  type Value,
} from "../values/value.ts";
import type { BinaryOperator, UnaryOperator } from "./operators.ts";
import type { RunContext } from "./run-context.ts";

/** Characters that cost one step when they are copied or compared. */
const CHARACTERS_PER_STEP = 16;

/** How much longer it takes to count a text's UTF-8, unit by unit, than to copy it. */
const COUNTED_PER_COPIED = 8;

/** Steps that an element of a new set costs. */
const STEPS_PER_ELEMENT = 16;

/** How much a collection holds, its texts included. */
const weightOf = (set: SetValue): number =>
  set.elements.length + set.key.length / CHARACTERS_PER_STEP;

function wrongTypes(operator: string, ...operands: readonly Value[]): BiscuitError {
  const types = operands.map(typeName).join(" and ");
  return new BiscuitError("invalid-type", `${operator} is not defined on ${types}`);
}

/** How much work a value is to walk. */
function sizeOf(value: Value): number {
  if (typeof value === "string") return 1 + value.length / CHARACTERS_PER_STEP;
  if (typeof value !== "object" || value === null) return 1;
  if (value.type === "map") return value.entries.size;
  if (value.type === "date") return 1;
  return value.type === "bytes"
    ? 1 + value.bytes.length / CHARACTERS_PER_STEP
    : value.elements.length;
}

type Operation = (left: Value, right: Value, run: RunContext) => Value;

function arithmetic(operator: string, operation: (a: Integer, b: Integer) => Integer): Operation {
  return (left, right) => {
    if (isInteger(left) && isInteger(right)) return operation(left, right);
    throw wrongTypes(operator, left, right);
  };
}

function ordering(operator: string, holds: (a: Integer, b: Integer) => boolean): Operation {
  return (left, right) => {
    if (isInteger(left) && isInteger(right)) return holds(left, right);
    const [a, b] = [secondsOf(left), secondsOf(right)];
    if (a !== undefined && b !== undefined) return holds(a, b);
    throw wrongTypes(operator, left, right);
  };
}

const secondsOf = (value: Value): Integer | undefined =>
  typeof value === "object" && value?.type === "date" ? value.seconds : undefined;

function equality(left: Value, right: Value, run: RunContext): boolean {
  // What is of different length differs at once.
  const length = comparedLength(left);
  if (length === comparedLength(right)) run.budget.spend(length / CHARACTERS_PER_STEP);
  // A key that nobody asked for before is made of the elements.
  if (typeof left === "object" && left !== null) run.budget.spend(sizeOf(left));
  return sameValue(left, right);
}

/** `===` and `!==`: different types are an error. */
function strict(operator: string, wanted: boolean): Operation {
  return (left, right, run) => {
    if (typeName(left) !== typeName(right)) throw wrongTypes(operator, left, right);
    return equality(left, right, run) === wanted;
  };
}

function logical(operator: string, operation: (a: boolean, b: boolean) => boolean): Operation {
  return (left, right) => {
    if (typeof left === "boolean" && typeof right === "boolean") return operation(left, right);
    throw wrongTypes(operator, left, right);
  };
}

/** Two strings, or two arrays, compared at one end. */
function affix(
  operator: string,
  ofText: (text: string, part: string) => boolean,
  ofArray: (elements: readonly Value[], length: number) => readonly Value[],
): Operation {
  return (left, right, run) => {
    run.budget.spend(sizeOf(right));
    if (typeof left === "string" && typeof right === "string") return ofText(left, right);
    if (!(left instanceof ArrayValue) || !(right instanceof ArrayValue))
      throw wrongTypes(operator, left, right);
    const length = right.elements.length;
    const part = ofArray(left.elements, length);
    return (
      part.length === length &&
      part.every((element, i) => equality(element, right.elements[i] ?? null, run))
    );
  };
}

function sets(operator: string, operation: (a: SetValue, b: SetValue) => Value): Operation {
  return (left, right, run) => {
    if (!(left instanceof SetValue) || !(right instanceof SetValue))
      throw wrongTypes(operator, left, right);
    // What is made is sorted, and sorting compares.
    run.budget.spend(STEPS_PER_ELEMENT * (weightOf(left) + weightOf(right)));
    return operation(left, right);
  };
}

/** By keys that no two values share: a union may hold elements of several types. */
function membership(set: SetValue): (element: Value) => boolean {
  const keys = new Set(set.elements.map(keyOf));
  return (element) => keys.has(keyOf(element));
}

const intersection = sets("intersection", (a, b) => SetValue.of(a.elements.filter(membership(b))));
const union = sets("union", (a, b) => SetValue.of([...a.elements, ...b.elements]));

function setContains(set: SetValue, value: Value, run: RunContext): boolean {
  if (value instanceof SetValue) return value.elements.every(membership(set));
  const isElementType =
    value !== null && !(value instanceof ArrayValue) && !(value instanceof MapValue);
  if (!isElementType) throw wrongTypes("contains", set, value);
  return set.elements.some((element) => equality(element, value, run));
}

const contains: Operation = (left, right, run) => {
  run.budget.spend(sizeOf(left));
  if (typeof left === "string" && typeof right === "string") {
    // The search may compare every place with every character.
    run.budget.spend((left.length * right.length) / 256);
    return left.includes(right);
  }
  if (left instanceof SetValue) return setContains(left, right, run);
  if (left instanceof ArrayValue)
    return left.elements.some((element) => equality(element, right, run));
  if (left instanceof MapValue) {
    return (typeof right === "string" || isInteger(right)) && left.entries.has(right);
  }
  throw wrongTypes("contains", left, right);
};

const get: Operation = (left, right) => {
  if (left instanceof ArrayValue && isInteger(right)) return left.elements[Number(right)] ?? null;
  if (left instanceof MapValue && (typeof right === "string" || isInteger(right))) {
    return left.entries.get(right) ?? null;
  }
  throw wrongTypes("get", left, right);
};

const plus: Operation = (left, right, run) => {
  if (isInteger(left) && isInteger(right)) return add(left, right);
  if (typeof left !== "string" || typeof right !== "string") throw wrongTypes("+", left, right);
  run.budget.spend(sizeOf(left) + sizeOf(right));
  return left + right;
};

const matches: Operation = (left, right, run) => {
  if (typeof left !== "string" || typeof right !== "string")
    throw wrongTypes("matches", left, right);
  const { regexes, budget } = run;
  if (!regexes.has(right)) regexes.set(right, compileRegex(right, budget));
  return regexes.get(right)?.matches(left, budget) ?? false;
};

/** What each operator on two values does. */
export const BINARY_OPERATIONS: Readonly<Record<BinaryOperator, Operation>> = {
  "<": ordering("<", (a, b) => a < b),
  ">": ordering(">", (a, b) => a > b),
  "<=": ordering("<=", (a, b) => a <= b),
  ">=": ordering(">=", (a, b) => a >= b),
  "===": strict("===", true),
  "!==": strict("!==", false),
  "==": equality,
  "!=": (left, right, run) => !equality(left, right, run),
  "+": plus,
  "-": arithmetic("-", subtract),
  "*": arithmetic("*", multiply),
  "/": arithmetic("/", divide),
  "&": arithmetic("&", bitAnd),
  "|": arithmetic("|", bitOr),
  "^": arithmetic("^", bitXor),
  and: logical("and", (a, b) => a && b),
  or: logical("or", (a, b) => a || b),
  contains,
  starts_with: affix(
    "starts_with",
    (text, part) => text.startsWith(part),
    (all, n) => all.slice(0, n),
  ),
  ends_with: affix(
    "ends_with",
    (text, part) => text.endsWith(part),
    (all, n) => all.slice(Math.max(0, all.length - n)),
  ),
  matches,
  intersection,
  union,
  get,
};

function lengthOf(value: Value): number {
  if (typeof value === "string") return utf8Length(value);
  if (typeof value !== "object" || value === null || value.type === "date")
    throw wrongTypes("length", value);
  if (value.type === "bytes") return value.bytes.length;
  return value.type === "map" ? value.entries.size : value.elements.length;
}

/** What each operator on one value does. */
export const UNARY_OPERATIONS: Readonly<
  Record<UnaryOperator, (value: Value, run: RunContext) => Value>
> = {
  "!": (value) => {
    if (typeof value === "boolean") return !value;
    throw wrongTypes("!", value);
  },
  "()": (value) => value,
  length: (value, run) => {
    run.budget.spend(COUNTED_PER_COPIED * sizeOf(value));
    return lengthOf(value);
  },
  type: typeName,
};
