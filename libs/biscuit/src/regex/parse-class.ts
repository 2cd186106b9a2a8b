import { InvalidPattern } from "./ast.ts";
import {
  type CharSet,
  differ,
  intersect,
  negate,
  range,
  single,
  subtract,
  union,
} from "./char-set.ts";
import { foldCase } from "./case-folding.ts";
import { parseEscape } from "./parse-escape.ts";
import type { PatternCursor } from "./pattern-cursor.ts";
import { posixClass } from "./unicode-class.ts";

type SetOperation = (a: CharSet, b: CharSet) => CharSet;
const OPERATIONS: readonly (readonly [string, SetOperation])[] = [
  ["&&", intersect],
  ["--", subtract],
  ["~~", differ],
];

const pointOf = (character: string): number => character.codePointAt(0) ?? 0;

/** Without regard to case where the flag says so. Negation comes after: `(?i)[^k]` excludes K too. */
function folded(set: CharSet, cursor: PatternCursor): CharSet {
  return cursor.flags.i ? foldCase(set, !cursor.flags.u) : set;
}

/** A class in brackets, whose opening one has been taken. */
export function parseBrackets(cursor: PatternCursor): CharSet {
  return cursor.nested(() => {
    cursor.skipIgnored();
    const isNegated = cursor.tryTake("^");
    if (isNegated && !cursor.flags.u) throw new InvalidPattern(); // a negated class needs Unicode
    const set = folded(parseOperations(cursor), cursor);
    return isNegated ? negate(set) : set;
  });
}

function parseOperations(cursor: PatternCursor): CharSet {
  let set = parseItems(cursor, true);
  for (;;) {
    if (cursor.tryTake("]")) return set;
    const operation = OPERATIONS.find(([text]) => cursor.tryTake(text));
    if (operation === undefined) throw new InvalidPattern(); // a class is not closed
    set = operation[1](folded(set, cursor), folded(parseItems(cursor, false), cursor));
  }
}

/** Items up to the closing bracket or an operator. At the beginning `-` and one `]` stand for themselves. */
function parseItems(cursor: PatternCursor, isFirst: boolean): CharSet {
  const sets: CharSet[] = [];
  cursor.skipIgnored();
  if (isFirst) {
    while (cursor.tryTake("-")) {
      sets.push(single(0x2d));
      cursor.skipIgnored();
    }
    if (sets.length === 0 && cursor.tryTake("]")) sets.push(single(0x5d));
  }
  for (;;) {
    cursor.skipIgnored();
    if (cursor.done) throw new InvalidPattern(); // a class is not closed
    if (cursor.current === "]" || isOperator(cursor)) return union(sets);
    sets.push(parseItem(cursor));
  }
}

const isOperator = (cursor: PatternCursor): boolean =>
  OPERATIONS.some(([text]) => cursor.startsWith(text));

function parseItem(cursor: PatternCursor): CharSet {
  const posix = tryPosix(cursor);
  if (posix !== undefined) return posix;
  if (cursor.tryTake("[")) return parseBrackets(cursor);
  const first = parseEndpoint(cursor);
  const last = tryRangeEnd(cursor);
  if (last === undefined) return typeof first === "number" ? single(first) : first;
  if (typeof first !== "number" || typeof last !== "number" || last < first)
    throw new InvalidPattern(); // a range is empty or has a class as one of its ends
  return range(first, last);
}

/** What follows `a-`, unless the hyphen is the last item or begins an operator. */
function tryRangeEnd(cursor: PatternCursor): CharSet | number | undefined {
  cursor.skipIgnored();
  const mark = cursor.mark();
  if (!cursor.tryTake("-")) return undefined;
  cursor.skipIgnored();
  if (cursor.current === "]" || cursor.current === "-") {
    cursor.rewind(mark);
    return undefined;
  }
  return parseEndpoint(cursor);
}

function parseEndpoint(cursor: PatternCursor): CharSet | number {
  if (!cursor.tryTake("\\")) return checked(pointOf(cursor.next()), cursor);
  const escape = parseEscape(cursor);
  if (escape.kind === "assert") throw new InvalidPattern(); // an assertion stands in a class
  return escape.kind === "class" ? escape.set : checked(escape.point, cursor);
}

/** Without Unicode a pattern is about bytes, and only ASCII is the same as text. */
export function checked(point: number, cursor: PatternCursor): number {
  if (cursor.flags.u || point < 0x80) return point;
  throw new InvalidPattern(); // without Unicode only ASCII characters can stand here
}

function tryPosix(cursor: PatternCursor): CharSet | undefined {
  const mark = cursor.mark();
  if (!cursor.tryTake("[:")) return undefined;
  const isNegated = cursor.tryTake("^");
  let name = "";
  while (/^[a-z]$/.test(cursor.current)) name += cursor.next();
  const set = posixClass(name);
  if (set === undefined || !cursor.tryTake(":]")) {
    cursor.rewind(mark);
    return undefined;
  }
  if (!isNegated) return set;
  if (!cursor.flags.u) throw new InvalidPattern(); // without Unicode a negated class could match half a character
  return negate(folded(set, cursor));
}
