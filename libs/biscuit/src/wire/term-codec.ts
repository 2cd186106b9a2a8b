import { type Term, Variable } from "../datalog/ast.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { malformed } from "./malformed.ts";
import { LIMITS } from "../limits.ts";
import {
  ArrayValue,
  BytesValue,
  compareValues,
  type Composite,
  DateValue,
  elementsOf,
  type MapKey,
  MapValue,
  setProblem,
  SetValue,
  type Value,
} from "../values/value.ts";
import { MessageReader } from "./message-reader.ts";
import { MessageWriter } from "./message-writer.ts";
import type { SymbolTable } from "./symbols.ts";

/** Field numbers of `Term`'s alternatives (schema.proto). */
const FIELD = {
  variable: 1,
  integer: 2,
  string: 3,
  date: 4,
  bytes: 5,
  bool: 6,
  set: 7,
  null: 8,
  array: 9,
  map: 10,
} as const;
const TERM_FIELDS = Object.values(FIELD);

export const variableForValue = (): BiscuitError =>
  malformed("a variable stands where only values may");

function checkDepth(depth: number): void {
  if (depth <= LIMITS.termDepth) return;
  throw new BiscuitError("too-large", `a term is nested more than ${LIMITS.termDepth} deep`);
}

/** Decodes a term of a rule, where variables may stand. */
export function readTerm(message: MessageReader, symbols: SymbolTable): Term {
  if (!message.has(FIELD.variable)) return readValue(message, symbols);
  message.oneOf(TERM_FIELDS);
  return new Variable(symbols.textOf(message.uint32(FIELD.variable)));
}

/** Decodes a term that is one number; `undefined` for what `readTerm` is needed for. */
export function quickTerm(
  message: MessageReader,
  symbols: SymbolTable,
  field: number,
  value: number,
): Term | undefined {
  switch (field) {
    case FIELD.variable:
      return value < 2 ** 32 ? new Variable(symbols.textOf(value)) : undefined;
    case FIELD.integer:
      return value;
    case FIELD.string:
      return message.spendText(symbols.textOf(value));
    case FIELD.date:
      return new DateValue(value);
    case FIELD.bool:
      return value !== 0;
    default:
      return undefined;
  }
}

/** Decodes a ground term. */
export function readValue(message: MessageReader, symbols: SymbolTable, depth = 0): Value {
  checkDepth(depth);
  switch (message.oneOf(TERM_FIELDS)) {
    case FIELD.integer:
      return message.int64(FIELD.integer);
    case FIELD.string:
      return message.spendText(symbols.textOf(message.uint64(FIELD.string)));
    case FIELD.date:
      return new DateValue(message.uint64(FIELD.date));
    case FIELD.bytes:
      return new BytesValue(message.bytes(FIELD.bytes));
    case FIELD.bool:
      return message.bool(FIELD.bool);
    case FIELD.null:
      message.message(FIELD.null, "Empty");
      return null;
    default:
      return readCollection(message, symbols, depth);
  }
}

function readValues(message: MessageReader, symbols: SymbolTable, depth: number): readonly Value[] {
  return message.each(1, "Term", (item) => readValue(item, symbols, depth + 1), undefined);
}

function readCollection(message: MessageReader, symbols: SymbolTable, depth: number): Value {
  if (message.has(FIELD.set)) {
    return readSet(readValues(message.message(FIELD.set, "TermSet"), symbols, depth));
  }
  if (message.has(FIELD.array)) {
    return new ArrayValue(readValues(message.message(FIELD.array, "Array"), symbols, depth));
  }
  if (message.has(FIELD.map)) return readMap(message.message(FIELD.map, "Map"), symbols, depth);
  throw variableForValue();
}

function readSet(elements: readonly Value[]): SetValue {
  const problem = setProblem(elements);
  if (problem !== undefined) throw malformed(problem);
  return SetValue.of(elements);
}

function readMap(message: MessageReader, symbols: SymbolTable, depth: number): MapValue {
  const readEntry = (entry: MessageReader): [MapKey, Value] => {
    const key = entry.message(1, "MapKey");
    const value = readValue(entry.message(2, "Term"), symbols, depth + 1);
    return [key.oneOf([1, 2]) === 1 ? key.int64(1) : symbols.textOf(key.uint64(2)), value];
  };
  const entries = message.each(1, "MapEntry", readEntry, undefined);
  const map = MapValue.of(entries);
  if (map.entries.size !== entries.length) throw malformed("a map has one key twice");
  return map;
}

const term = (): MessageWriter => new MessageWriter();

/** Encodes a term, adding its strings to `symbols`. Throws `too-large` for what `readTerm` would refuse. */
export function writeTerm(value: Term, symbols: SymbolTable, depth = 0): MessageWriter {
  checkDepth(depth);
  if (value instanceof Variable) return term().uint(FIELD.variable, symbols.symbolOf(value.name));
  if (typeof value === "string") return term().uint(FIELD.string, symbols.symbolOf(value));
  if (typeof value === "boolean") return term().bool(FIELD.bool, value);
  if (value === null) return term().message(FIELD.null, term());
  if (typeof value === "object") return writeComposite(value, symbols, depth + 1);
  return term().int64(FIELD.integer, value);
}

function writeComposite(value: Composite, symbols: SymbolTable, depth: number): MessageWriter {
  if (value instanceof DateValue) return term().uint(FIELD.date, value.seconds);
  if (value instanceof BytesValue) return term().bytes(FIELD.bytes, value.bytes);
  if (value instanceof MapValue) return term().message(FIELD.map, writeMap(value, symbols, depth));
  if (value instanceof SetValue) return term().message(FIELD.set, writeSet(value, symbols, depth));
  const list = term();
  for (const element of value.elements) list.message(1, writeTerm(element, symbols, depth));
  return term().message(FIELD.array, list);
}

/** Symbols are given out in the order of the text, then elements are sorted by symbol, as the reference does. */
function writeSet(value: SetValue, symbols: SymbolTable, depth: number): MessageWriter {
  const list = term();
  internTexts(value, symbols);
  for (const element of sortedForWire(value.elements, symbols)) {
    list.message(1, writeTerm(element, symbols, depth));
  }
  return list;
}

function writeMap(value: MapValue, symbols: SymbolTable, depth: number): MessageWriter {
  const list = term();
  internTexts(value, symbols);
  for (const key of sortedForWire([...value.entries.keys()], symbols)) {
    const entry = term().message(1, writeMapKey(key, symbols));
    list.message(1, entry.message(2, writeTerm(value.entries.get(key) ?? null, symbols, depth)));
  }
  return list;
}

/** Gives every string in `value` its symbol, in the order of the text. */
function internTexts(value: Value, symbols: SymbolTable): void {
  if (typeof value === "string") symbols.symbolOf(value);
  if (!isCollection(value)) return;
  for (const element of elementsOf(value)) internTexts(element, symbols);
}

const isCollection = (value: Value): value is SetValue | ArrayValue | MapValue =>
  value instanceof SetValue || value instanceof ArrayValue || value instanceof MapValue;

function writeMapKey(key: MapKey, symbols: SymbolTable): MessageWriter {
  return typeof key === "string" ? term().uint(2, symbols.symbolOf(key)) : term().int64(1, key);
}

function sortedForWire<Item extends Value>(items: readonly Item[], symbols: SymbolTable): Item[] {
  const bySymbol = (a: string, b: string): number => symbols.symbolOf(a) - symbols.symbolOf(b);
  return items.toSorted((a, b) => compareValues(a, b, bySymbol));
}
