import { type Assertion, type Flags, InvalidPattern } from "./ast.ts";
import { foldCase } from "./case-folding.ts";
import { type CharSet, negate } from "./char-set.ts";
import type { PatternCursor } from "./pattern-cursor.ts";
import {
  ASCII_DIGIT,
  ASCII_SPACE,
  ASCII_WORD,
  DIGIT,
  SPACE,
  unicodeClass,
  WORD,
} from "./unicode-class.ts";

/** What an escape stands for. */
export type Escape =
  | {
      readonly kind: "character";
      readonly point: number;
      /** Written `\\xNN`: without Unicode a byte and no character. */
      readonly isByte?: boolean;
    }
  | { readonly kind: "class"; readonly set: CharSet }
  | { readonly kind: "assert"; readonly assertion: Assertion };

/** Tables by letter. A letter is one character, so that it never is the name of a property that all objects have. */
type ByLetter<Meaning> = Readonly<Partial<Record<string, Meaning>>>;

const CONTROLS: ByLetter<number> = { a: 0x07, f: 0x0c, t: 0x09, n: 0x0a, r: 0x0d, v: 0x0b };
const HEX_DIGITS: ByLetter<number> = { x: 2, u: 4, U: 8 };
const ASSERTIONS: ByLetter<Assertion> = {
  A: "text-start", z: "text-end", B: "not-word", "<": "word-start", ">": "word-end",
}; // prettier-ignore
const WORD_ASSERTIONS: readonly (readonly [string, Assertion])[] = [
  ["{start-half}", "word-start-half"],
  ["{end-half}", "word-end-half"],
  ["{start}", "word-start"],
  ["{end}", "word-end"],
];

/** ASCII that an escape may stand before to mean itself: anything but letters, digits and the angle brackets. */
const isItself = (letter: string): boolean =>
  (letter.codePointAt(0) ?? 0x80) < 0x80 && !/^[0-9A-Za-z<>]$/.test(letter);

/** What follows a backslash, which has been taken. */
export function parseEscape(cursor: PatternCursor): Escape {
  const letter = cursor.next();
  const control = CONTROLS[letter];
  if (control !== undefined) return { kind: "character", point: control };
  const hexDigits = HEX_DIGITS[letter];
  if (hexDigits !== undefined) {
    const isByte = letter === "x" && cursor.current !== "{";
    return { kind: "character", point: parseHex(cursor, hexDigits), isByte };
  }
  const set = parseClass(cursor, letter);
  if (set !== undefined) return { kind: "class", set };
  if (letter === "b") return { kind: "assert", assertion: parseWordAssertion(cursor) };
  const assertion = ASSERTIONS[letter];
  if (assertion !== undefined) return { kind: "assert", assertion };
  if (!isItself(letter)) throw new InvalidPattern(); // an unknown escape
  return { kind: "character", point: letter.codePointAt(0) ?? 0 };
}

function parseHex(cursor: PatternCursor, length: number): number {
  const digits = cursor.tryTake("{")
    ? cursor.takeUntil("}")
    : Array.from({ length }, () => cursor.next()).join("");
  const point = /^[0-9A-Fa-f]+$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
  const isScalar = point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
  if (!isScalar) throw new InvalidPattern(); // not a Unicode scalar value
  return point;
}

function perlClass(letter: string, flags: Flags): CharSet | undefined {
  switch (letter.toLowerCase()) {
    case "d":
      return flags.u ? DIGIT : ASCII_DIGIT;
    case "s":
      return flags.u ? SPACE : ASCII_SPACE;
    case "w":
      return flags.u ? WORD : ASCII_WORD;
    default:
      return undefined;
  }
}

function parseClass(cursor: PatternCursor, letter: string): CharSet | undefined {
  const isNegated = letter === letter.toUpperCase();
  const set =
    letter === "p" || letter === "P" ? parseProperty(cursor) : perlClass(letter, cursor.flags);
  if (set === undefined || !isNegated) return set;
  if (!cursor.flags.u) throw new InvalidPattern(); // without Unicode a negated class could match half a character
  return negate(set);
}

/** Case is folded before the negation that a capital P is: `(?i)\\P{Lu}` excludes small letters too. */
function parseProperty(cursor: PatternCursor): CharSet {
  if (!cursor.flags.u) throw new InvalidPattern(); // properties need Unicode
  const text = cursor.tryTake("{") ? cursor.takeUntil("}") : cursor.next();
  const set = unicodeClass(text);
  return cursor.flags.i ? foldCase(set, false) : set;
}

function parseWordAssertion(cursor: PatternCursor): Assertion {
  const found = WORD_ASSERTIONS.find(([text]) => cursor.tryTake(text));
  return found === undefined ? "word" : found[1];
}
