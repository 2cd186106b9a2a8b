import { PublicKey } from "../crypto/public-key.ts";
import { Parameter, type Term, Variable } from "../datalog/ast.ts";
import { BiscuitError, reasonOf } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";
import { DATE_PATTERN, secondsOf } from "../values/date.ts";
import { fromJs } from "../values/from-js.ts";
import { fromHex } from "../values/hex.ts";
import { toInteger } from "../values/integer.ts";
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
} from "../values/value.ts";
import type { Cursor } from "./cursor.ts";
import { DIGIT, NAME_START } from "./characters.ts";
import { PARAMETER } from "./names.ts";
import { printTerm } from "./print-term.ts";

const INTEGER = /-?\d+/y;
const HEX = /hex:([0-9a-fA-F]*)/y;
const QUOTE = 0x22;
const BRACKET = 0x5b;
const BRACE = 0x7b;
const MINUS = 0x2d;
const PLAIN_TEXT = /[^"\\]+/y;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\", '"': '"', n: "\n" };

/** A term of a rule, query or expression: a value or a variable. */
export function parseTerm(cursor: Cursor): Term {
  cursor.skipBlank();
  return tryVariable(cursor) ?? parseValue(cursor);
}

/** What stands where a value does: the value, or a parameter that will have one. */
export type Item = Value | Parameter;

export const isItem = (term: Term): term is Item =>
  !(term instanceof Variable) || term instanceof Parameter;

export const isValue = (item: Item): item is Value => !(item instanceof Parameter);

/** A ground term, or a parameter. */
export function parseValue(cursor: Cursor): Item {
  cursor.skipBlank();
  cursor.enter(LIMITS.sourceDepth);
  const value = parseAnyValue(cursor);
  cursor.leave();
  return value;
}

export function tryVariable(cursor: Cursor): Variable | undefined {
  if (!cursor.tryText("$")) return undefined;
  const name = cursor.tryVariableName();
  if (name === undefined) throw cursor.unexpected(["the name of a variable"], 'after "$"');
  return new Variable(name);
}

function parseAnyValue(cursor: Cursor): Item {
  switch (cursor.unit) {
    case QUOTE:
      return cursor.tryPlainText() ?? parseText(cursor);
    case BRACKET:
      return parseArray(cursor);
    case BRACE:
      return parseBraces(cursor);
    default:
      return parseOther(cursor);
  }
}

function parseOther(cursor: Cursor): Item {
  const hole = parseHole(cursor);
  if (hole !== undefined) return hole.value;
  const scalar = parseNumber(cursor) ?? parseBytes(cursor) ?? parseWord(cursor);
  if (scalar !== undefined) return scalar.value;
  if (cursor.startsWith("$")) throw cursor.error("a variable cannot stand here, only a value");
  throw cursor.unexpected(["a value"]);
}

/** A value found, since null is one. */
type Found<Kind extends Item = Value> = { readonly value: Kind } | undefined;

/** A date or an integer. */
function parseNumber(cursor: Cursor): Found {
  if (!cursor.isAt(DIGIT)) return cursor.unit === MINUS ? parseInteger(cursor) : undefined;
  const isYear = cursor.isAt(DIGIT, 3) && cursor.unitAt(4) === MINUS;
  return (isYear ? parseDate(cursor) : undefined) ?? parseInteger(cursor);
}

function parseBraces(cursor: Cursor): Item {
  const parameter = parseParameter(cursor);
  return parameter === undefined ? parseSetOrMap(cursor) : parameter.value;
}

function parseHole(cursor: Cursor): Found {
  const at = cursor.offset;
  const hole = cursor.tryHole();
  if (hole === undefined) return undefined;
  if (hole.value instanceof PublicKey) {
    throw cursor.error("a public key stands only after trusting", [], "invalid-value", at);
  }
  try {
    return { value: fromJs(hole.value) };
  } catch (cause) {
    const reason = reasonOf(cause);
    throw cursor.error(reason, [], "invalid-value", at);
  }
}

/** A string in quotes, which must be here. */
export function parseText(cursor: Cursor): string {
  const start = cursor.offset;
  let text = "";
  cursor.tryText('"');
  while (!cursor.tryText('"')) {
    text += cursor.tryMatch(PLAIN_TEXT)?.[0] ?? "";
    if (cursor.done) throw cursor.error("this string is not closed", ['"'], "syntax", start);
    if (cursor.tryText("\\")) text += parseEscape(cursor);
  }
  if (cursor.source.hasHoleWithin(start, cursor.offset)) {
    const message = "a value stands for a whole string, without quotes";
    throw cursor.error(message, [], "syntax", start);
  }
  if (!text.isWellFormed()) {
    throw cursor.error(
      "a string has a lone surrogate, which UTF-8 cannot hold",
      [],
      "syntax",
      start,
    );
  }
  return text;
}

function parseEscape(cursor: Cursor): string {
  const escaped = Object.keys(ESCAPES).find((each) => cursor.tryText(each));
  if (escaped === undefined) throw cursor.unexpected(["\\\\", '\\"', "\\n"], "as an escape");
  return ESCAPES[escaped] ?? "";
}

function parseDate(cursor: Cursor): Found {
  const at = cursor.offset;
  const match = cursor.tryMatch(DATE_PATTERN);
  if (match === undefined) return undefined;
  const seconds = secondsOf(match);
  if (seconds === undefined) {
    throw cursor.error("this is no date from 1970 to 9999", ["a date of RFC 3339"], "syntax", at);
  }
  return { value: new DateValue(seconds) };
}

function parseInteger(cursor: Cursor): Found {
  const at = cursor.offset;
  const match = cursor.tryMatch(INTEGER);
  if (match === undefined) return undefined;
  const [digits] = match;
  // So few digits fit a number exactly. Adding 0 turns -0 into 0.
  if (digits.length < 16) return { value: Number(digits) + 0 };
  const value = digits.length > 64 ? undefined : toInteger(BigInt(digits));
  if (value === undefined) {
    throw cursor.error("this integer does not fit in 64 bits", ["an integer"], "syntax", at);
  }
  return { value };
}

function parseBytes(cursor: Cursor): Found {
  const at = cursor.offset;
  const match = cursor.tryMatch(HEX);
  if (match === undefined) return undefined;
  const bytes = fromHex(match[1] ?? "");
  if (bytes === undefined) {
    throw cursor.error("bytes have two hexadecimal digits each", ["hexadecimal"], "syntax", at);
  }
  return { value: new BytesValue(bytes) };
}

function parseWord(cursor: Cursor): Found {
  if (cursor.tryWord("true")) return { value: true };
  if (cursor.tryWord("false")) return { value: false };
  return cursor.tryWord("null") ? { value: null } : undefined;
}

function trySeparator(cursor: Cursor, separator: string): boolean {
  cursor.skipBlank();
  return cursor.tryText(separator);
}

/** The rest of `first, item, item …` up to `end`. */
function parseRest<Part>(cursor: Cursor, first: Part, end: string, item: () => Part): Part[] {
  const items = [first];
  while (trySeparator(cursor, ",")) items.push(item());
  if (!cursor.tryText(end)) throw cursor.unexpected(['","', `"${end}"`]);
  return items;
}

/** `{name}`. The words that are values, and bytes, make a set of one element. */
function parseParameter(cursor: Cursor): Found<Item> {
  const at = cursor.offset;
  if (!cursor.isAt(NAME_START, 1)) return undefined;
  const name = cursor.tryMatch(PARAMETER)?.[1];
  if (name === undefined) return undefined;
  if (/^(?:true|false|null|hex:.*)$/.test(name)) {
    cursor.rewind(at);
    return undefined;
  }
  return { value: cursor.source.parameters.term(name) };
}

/**
 * A collection of `items`, or a parameter that becomes it when those among the items have their values. `build` throws
 * `invalid-value`.
 */
function collect(
  cursor: Cursor,
  start: number,
  items: readonly Item[],
  build: (values: readonly Value[]) => Value,
  print: (items: readonly string[]) => string,
): Item {
  if (items.every(isValue)) return built(cursor, start, () => build(items));
  const later = new Parameter(print(items.map(printTerm)), (given) =>
    build(items.map((item) => (isValue(item) ? item : item.fill(given)))),
  );
  return cursor.source.parameters.later(later);
}

function built(cursor: Cursor, start: number, build: () => Value): Value {
  try {
    return build();
  } catch (cause) {
    const reason = reasonOf(cause);
    throw cursor.error(reason, [], "syntax", start);
  }
}

const invalid = (message: string): BiscuitError => new BiscuitError("invalid-value", message);

function arrayOf(elements: readonly Value[]): Value {
  return new ArrayValue(elements);
}

function parseArray(cursor: Cursor): Item {
  const start = cursor.offset;
  cursor.tryText("[");
  if (trySeparator(cursor, "]")) return new ArrayValue([]);
  const elements = parseRest(cursor, parseValue(cursor), "]", () => parseValue(cursor));
  return collect(cursor, start, elements, arrayOf, (items) => `[${items.join(", ")}]`);
}

/** `{}` is the empty map and `{,}` the empty set; otherwise what follows the first item tells. */
function parseSetOrMap(cursor: Cursor): Item {
  const start = cursor.offset;
  cursor.tryText("{");
  if (trySeparator(cursor, ",")) {
    cursor.expect("}", '"{,"');
    return SetValue.of([]);
  }
  if (cursor.tryText("}")) return MapValue.of([]);
  const firstAt = cursor.offset;
  const first = parseValue(cursor);
  if (!trySeparator(cursor, ":")) return parseSet(cursor, first, start);
  return parseMap(cursor, checkMapKey(cursor, first, firstAt), start);
}

function setOf(elements: readonly Value[]): Value {
  const problem = setProblem(elements);
  if (problem !== undefined) throw invalid(problem);
  return SetValue.of(elements);
}

function parseSet(cursor: Cursor, first: Item, start: number): Item {
  const elements = parseRest(cursor, first, "}", () => parseValue(cursor));
  return collect(cursor, start, elements, setOf, (items) => `{${items.join(", ")}}`);
}

/** Of keys and values by turns. */
function mapOf(items: readonly Value[]): Value {
  const entries: [MapKey, Value][] = [];
  for (let i = 0; i + 1 < items.length; i += 2) {
    entries.push([mapKeyOf(items[i] ?? null), items[i + 1] ?? null]);
  }
  return MapValue.of(entries);
}

function mapKeyOf(key: Value): MapKey {
  if (isMapKey(key)) return key;
  throw invalid(keyProblem(key));
}

const printMap = (items: readonly string[]): string =>
  `{${items.map((item, i) => (i % 2 === 0 ? `${i === 0 ? "" : ", "}${item}: ` : item)).join("")}}`;

function parseMap(cursor: Cursor, firstKey: Item, start: number): Item {
  const first: readonly Item[] = [firstKey, parseValue(cursor)];
  const entries = parseRest(cursor, first, "}", (): readonly Item[] => {
    cursor.skipBlank();
    const at = cursor.offset;
    const key = checkMapKey(cursor, parseValue(cursor), at);
    cursor.expect(":", "the key of a map");
    return [key, parseValue(cursor)];
  });
  return collect(cursor, start, entries.flat(), mapOf, printMap);
}

function checkMapKey(cursor: Cursor, key: Item, at: number): Item {
  if (key instanceof Parameter || isMapKey(key)) return key;
  throw cursor.error(keyProblem(key), ["a string", "an integer"], "syntax", at);
}
