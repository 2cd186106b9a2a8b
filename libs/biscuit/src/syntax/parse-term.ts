import { PublicKey } from "../crypto/public-key.ts";
import { type Term, Variable } from "../datalog/ast.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";
import { DATE_PATTERN, secondsOf } from "../values/date.ts";
import { fromJs } from "../values/from-js.ts";
import { fromHex } from "../values/hex.ts";
import { toInteger } from "../values/integer.ts";
import {
  ArrayValue,
  BytesValue,
  DateValue,
  type MapKey,
  MapValue,
  SetValue,
  typeName,
  type Value,
} from "../values/value.ts";
import type { Cursor } from "./cursor.ts";
import { VARIABLE_NAME } from "./names.ts";

const INTEGER = /-?\d+/y;
const HEX = /hex:([0-9a-fA-F]*)/y;
const PLAIN_TEXT = /[^"\\]+/y;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\", '"': '"', n: "\n" };

/** A term of a rule, query or expression: a value or a variable. */
export function parseTerm(cursor: Cursor): Term {
  cursor.skipBlank();
  return tryVariable(cursor) ?? parseValue(cursor);
}

/** A ground term. */
export function parseValue(cursor: Cursor): Value {
  cursor.skipBlank();
  return cursor.nested(LIMITS.sourceDepth, () => parseAnyValue(cursor));
}

export function tryVariable(cursor: Cursor): Variable | undefined {
  if (!cursor.tryText("$")) return undefined;
  const match = cursor.tryMatch(VARIABLE_NAME);
  if (match === undefined) throw cursor.unexpected(["the name of a variable"], 'after "$"');
  return new Variable(match[0]);
}

function parseAnyValue(cursor: Cursor): Value {
  const hole = parseHole(cursor);
  if (hole !== undefined) return hole.value;
  if (cursor.startsWith('"')) return parseText(cursor);
  if (cursor.startsWith("[")) return parseArray(cursor);
  if (cursor.startsWith("{")) return parseSetOrMap(cursor);
  const scalar =
    parseDate(cursor) ?? parseInteger(cursor) ?? parseBytes(cursor) ?? parseWord(cursor);
  if (scalar !== undefined) return scalar.value;
  if (cursor.startsWith("$")) throw cursor.error("a variable cannot stand here, only a value");
  throw cursor.unexpected(["a value"]);
}

/** A value found, since null is one. */
type Found = { readonly value: Value } | undefined;

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
    const reason = cause instanceof BiscuitError ? cause.message : "not a term";
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
    const message =
      "a value cannot stand inside a string; let it be the whole string, without quotes";
    throw cursor.error(message, [], "syntax", start);
  }
  if (!text.isWellFormed()) {
    throw cursor.error("this string has a lone surrogate", [], "syntax", start);
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
  const value = match[0].length > 64 ? undefined : toInteger(BigInt(match[0]));
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
function parseRest<Item>(cursor: Cursor, first: Item, end: string, item: () => Item): Item[] {
  const items = [first];
  while (trySeparator(cursor, ",")) items.push(item());
  if (!cursor.tryText(end)) throw cursor.unexpected(['","', `"${end}"`]);
  return items;
}

function parseArray(cursor: Cursor): ArrayValue {
  cursor.tryText("[");
  if (trySeparator(cursor, "]")) return new ArrayValue([]);
  return new ArrayValue(parseRest(cursor, parseValue(cursor), "]", () => parseValue(cursor)));
}

/** `{}` is the empty map and `{,}` the empty set; otherwise what follows the first item tells. */
function parseSetOrMap(cursor: Cursor): SetValue | MapValue {
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
  return parseMap(cursor, checkMapKey(cursor, first, firstAt));
}

function parseSet(cursor: Cursor, first: Value, start: number): SetValue {
  const elements = parseRest(cursor, first, "}", () => parseValue(cursor));
  const types = new Set(elements.map(typeName));
  if (types.size > 1) {
    const found = [...types].join(" and ");
    throw cursor.error(`the elements of a set have one type; found ${found}`, [], "syntax", start);
  }
  if (types.has("set")) throw cursor.error("a set cannot hold sets", [], "syntax", start);
  return SetValue.of(elements);
}

function parseMap(cursor: Cursor, firstKey: MapKey): MapValue {
  const first: [MapKey, Value] = [firstKey, parseValue(cursor)];
  const entries = parseRest(cursor, first, "}", (): [MapKey, Value] => {
    cursor.skipBlank();
    const at = cursor.offset;
    const key = checkMapKey(cursor, parseValue(cursor), at);
    cursor.expect(":", "the key of a map");
    return [key, parseValue(cursor)];
  });
  return MapValue.of(entries);
}

function checkMapKey(cursor: Cursor, key: Value, at: number): MapKey {
  if (typeof key === "string" || typeof key === "number" || typeof key === "bigint") return key;
  const message = `the key of a map is a string or an integer, not a ${typeName(key)}`;
  throw cursor.error(message, ["a string", "an integer"], "syntax", at);
}
