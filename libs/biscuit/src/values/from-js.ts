import { BiscuitError } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";
import { toInteger } from "./integer.ts";
import {
  ArrayValue,
  BytesValue,
  DateValue,
  isMapKey,
  keyProblem,
  type MapKey,
  MapValue,
  setProblem,
  SetValue,
  type Value,
} from "./value.ts";

/** What a JavaScript value may be to become a term. Numbers must be safe integers; dates lose their milliseconds. */
export type TermInput =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly TermInput[]
  | ReadonlySet<TermInput>
  | ReadonlyMap<string | number | bigint, TermInput>
  | Exclude<Value, string | number | bigint | boolean | null>;

const invalid = (message: string): BiscuitError => new BiscuitError("invalid-value", message);

function fromNumber(value: number): Value {
  if (Number.isSafeInteger(value)) return value + 0;
  throw invalid(`${value} is not an integer that a number holds exactly; use a bigint or round it`);
}

function fromBigInt(value: bigint): Value {
  const integer = toInteger(value);
  if (integer === undefined) throw invalid(`${value} does not fit in 64 bits`);
  return integer;
}

function fromString(value: string): string {
  if (value.isWellFormed()) return value;
  throw invalid("a string has a lone surrogate, which UTF-8 cannot hold");
}

function fromDate(value: Date): DateValue {
  const seconds = Math.floor(value.getTime() / 1000);
  if (seconds >= 0) return new DateValue(seconds);
  throw invalid("a date is invalid or lies before 1970-01-01T00:00:00Z");
}

function fromSet(value: ReadonlySet<unknown>, depth: number): SetValue {
  const elements = Array.from(value, (element) => fromJs(element, depth + 1));
  const problem = setProblem(elements);
  if (problem !== undefined) throw invalid(problem);
  return SetValue.of(elements);
}

function fromMapKey(value: unknown): MapKey {
  const key = fromJs(value);
  if (isMapKey(key)) return key;
  throw invalid(keyProblem(key));
}

function fromMap(value: ReadonlyMap<unknown, unknown>, depth: number): MapValue {
  return MapValue.of(
    Array.from(value, ([key, item]) => [fromMapKey(key), fromJs(item, depth + 1)]),
  );
}

const COMPOSITES = [DateValue, BytesValue, SetValue, ArrayValue, MapValue] as const;

function fromObject(value: object, depth: number): Value {
  if (value instanceof Date) return fromDate(value);
  if (value instanceof Uint8Array) return new BytesValue(Uint8Array.from(value));
  if (Array.isArray(value)) return new ArrayValue(value.map((item) => fromJs(item, depth + 1)));
  if (value instanceof Set) return fromSet(value, depth);
  if (value instanceof Map) return fromMap(value, depth);
  for (const composite of COMPOSITES) if (value instanceof composite) return value;
  throw invalid(`an object of class ${value.constructor?.name ?? "unknown"} is no term`);
}

/** The term of a JavaScript value. Throws `invalid-value` and says why. */
export function fromJs(value: unknown, depth = 0): Value {
  if (depth > LIMITS.termDepth) {
    throw invalid(`a value is nested more than ${LIMITS.termDepth} deep`);
  }
  if (typeof value === "string") return fromString(value);
  if (typeof value === "number") return fromNumber(value);
  if (typeof value === "bigint") return fromBigInt(value);
  if (typeof value === "boolean" || value === null) return value;
  if (typeof value === "object") return fromObject(value, depth);
  throw invalid(`${typeof value} is no term`);
}
