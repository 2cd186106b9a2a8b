import { compareBytes } from "./bytes.ts";
import { toHex } from "./hex.ts";
import type { Integer } from "./integer.ts";
import { compareText } from "./text.ts";

/**
 * A ground term. Strings, integers, booleans and null are JavaScript's own, so that the engine compares them with `===`;
 * the rest are immutable objects compared by their `key`.
 */
export type Value = string | Integer | boolean | null | Composite;

/** The values that are objects. */
export type Composite = DateValue | BytesValue | SetValue | ArrayValue | MapValue;

/** A map's keys. */
export type MapKey = string | Integer;

/** Names of types as `.type()` gives them, in the canonical order of terms. */
const TYPES = [
  "integer",
  "string",
  "date",
  "bytes",
  "bool",
  "set",
  "null",
  "array",
  "map",
] as const;
export type TypeName = (typeof TYPES)[number];

/** Unsigned 64-bit seconds since the Unix epoch, as a number where safe and else a bigint. */
export class DateValue {
  readonly type = "date";
  readonly seconds: Integer;
  readonly key: string;

  constructor(seconds: Integer) {
    this.seconds = seconds;
    this.key = `d${seconds}`;
  }
}

export class BytesValue {
  readonly type = "bytes";
  readonly bytes: Uint8Array;
  readonly key: string;

  /** Takes ownership of `bytes`. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.key = `x${toHex(bytes)}`;
  }
}

/** Elements in canonical order without duplicates. */
export class SetValue {
  readonly type = "set";
  readonly elements: readonly Value[];
  #key: string | undefined;

  private constructor(elements: readonly Value[]) {
    this.elements = elements;
  }

  static of(values: Iterable<Value>): SetValue {
    const given = [...values];
    const sorted = given.length > 1 ? given.toSorted((a, b) => compareValues(a, b)) : given;
    return new SetValue(sorted.filter((value, i) => i === 0 || !sameValue(value, sorted[i - 1])));
  }

  get key(): string {
    return (this.#key ??= `{${this.elements.map(keyOf).join(",")}}`);
  }
}

export class ArrayValue {
  readonly type = "array";
  readonly elements: readonly Value[];
  #key: string | undefined;

  constructor(elements: readonly Value[]) {
    this.elements = elements;
  }

  get key(): string {
    return (this.#key ??= `[${this.elements.map(keyOf).join(",")}]`);
  }
}

/** Entries in canonical order of their keys, integers first. Keys are unique. */
export class MapValue {
  readonly type = "map";
  readonly entries: ReadonlyMap<MapKey, Value>;
  #key: string | undefined;

  private constructor(entries: ReadonlyMap<MapKey, Value>) {
    this.entries = entries;
  }

  /** Of two entries with one key the later wins. */
  static of(entries: Iterable<readonly [MapKey, Value]>): MapValue {
    return new MapValue(new Map([...new Map(entries)].toSorted(([a], [b]) => compareValues(a, b))));
  }

  get key(): string {
    return (this.#key ??= `<${Array.from(this.entries, ([k, v]) => `${keyOf(k)}:${keyOf(v)}`).join(",")}>`);
  }
}

/** A string that two values share exactly when they are equal. Strings are length-prefixed, so nothing can be forged. */
export function keyOf(value: Value): string {
  if (typeof value === "string") return `s${value.length}:${value}`;
  if (typeof value === "boolean") return value ? "t" : "f";
  if (value === null) return "n";
  return typeof value === "object" ? value.key : `i${value}`;
}

/** Characters that comparing a value with another of its type may read. */
export const comparedLength = (value: Value): number =>
  typeof value === "string" ? value.length : isComposite(value) ? value.key.length : 0;

/** Equality of two ground terms; different types are never equal. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  return isComposite(a) && isComposite(b) && a.type === b.type && a.key === b.key;
}

export const isMapKey = (value: unknown): value is MapKey =>
  typeof value === "string" || typeof value === "number" || typeof value === "bigint";

/** What is wrong with elements of one set (specification, "Sets"); nothing when they may be. */
export function setProblem(elements: readonly Value[]): string | undefined {
  const types = new Set(elements.map(typeName));
  if (types.size > 1)
    return `the elements of a set have one type; found ${[...types].join(" and ")}`;
  return types.has("set") ? "a set cannot hold sets" : undefined;
}

export const keyProblem = (key: Value): string =>
  `the key of a map is a string or an integer, not a ${typeName(key)}`;

/** What `.type()` answers. */
export function typeName(value: Value): TypeName {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (value === null) return "null";
  return typeof value === "object" ? value.type : "integer";
}

/** Orders strings inside values. The wire orders them by symbol index, text by code point. */
export type TextOrder = (a: string, b: string) => number;

const compareIntegers = (a: Integer, b: Integer): number => (a < b ? -1 : a > b ? 1 : 0);

/** Lexicographic order of two sequences of values. */
function compareAll(a: readonly Value[], b: readonly Value[], order: TextOrder): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = compareValues(a[i] ?? null, b[i] ?? null, order);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** What a collection holds, in its order; a map's keys and values by turns. */
export function elementsOf(value: SetValue | ArrayValue | MapValue): readonly Value[] {
  return value.type === "map" ? [...value.entries].flat() : value.elements;
}

/** Both of one type. */
function compareComposites(a: Composite, b: Composite, order: TextOrder): number {
  if (a instanceof DateValue || b instanceof DateValue) return compareDates(a, b);
  if (a instanceof BytesValue || b instanceof BytesValue) return compareByteValues(a, b);
  return compareAll(elementsOf(a), elementsOf(b), order);
}

function compareDates(a: Composite, b: Composite): number {
  const isBoth = a instanceof DateValue && b instanceof DateValue;
  return isBoth ? compareIntegers(a.seconds, b.seconds) : 0;
}

function compareByteValues(a: Composite, b: Composite): number {
  const isBoth = a instanceof BytesValue && b instanceof BytesValue;
  return isBoth ? compareBytes(a.bytes, b.bytes) : 0;
}

/** The canonical order of terms: by type, then by value. Ties only equal values. */
export function compareValues(a: Value, b: Value, order: TextOrder = compareText): number {
  const [x, y] = [typeName(a), typeName(b)];
  if (x !== y) return TYPES.indexOf(x) - TYPES.indexOf(y);
  if (typeof a === "string" && typeof b === "string") return order(a, b);
  if (isComposite(a) && isComposite(b)) return compareComposites(a, b, order);
  return compareScalars(a, b);
}

function compareScalars(a: Value, b: Value): number {
  if (isInteger(a) && isInteger(b)) return compareIntegers(a, b);
  return Number(a === true) - Number(b === true);
}

export const isInteger = (value: Value): value is Integer =>
  typeof value === "number" || typeof value === "bigint";

export const isComposite = (value: Value | undefined): value is Composite =>
  typeof value === "object" && value !== null;
