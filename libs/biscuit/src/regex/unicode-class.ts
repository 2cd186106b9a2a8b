import { BiscuitError } from "../errors/biscuit-error.ts";
import { InvalidPattern } from "./ast.ts";
import type { CharSet } from "./char-set.ts";
import { range, single, union } from "./char-set.ts";

/** A set that JavaScript knows as a property. The expression is tested on single characters only, so it costs the same always. */
function property(name: string): CharSet {
  const pattern = new RegExp(`^\\p{${name}}$`, "u");
  return { cost: 2, has: (point) => pattern.test(String.fromCodePoint(point)) };
}

/** `\d`, `\s` and `\w` as Unicode defines them (UTS 18, Annex C). */
export const DIGIT: CharSet = property("Nd");
export const SPACE: CharSet = property("White_Space");
export const WORD: CharSet = union(
  ["Alphabetic", "M", "Nd", "Pc", "Join_Control"].map((name) => property(name)),
);

const letters = [range(0x61, 0x7a), range(0x41, 0x5a)];
export const ASCII_DIGIT: CharSet = range(0x30, 0x39);
export const ASCII_SPACE: CharSet = union([range(0x09, 0x0d), single(0x20)]);
export const ASCII_WORD: CharSet = union([...letters, ASCII_DIGIT, single(0x5f)]);

const PUNCTUATION = [range(0x21, 0x2f), range(0x3a, 0x40), range(0x5b, 0x60), range(0x7b, 0x7e)];

/** `[:name:]` inside brackets. */
export const POSIX: ReadonlyMap<string, CharSet> = new Map([
  ["alnum", union([...letters, ASCII_DIGIT])],
  ["alpha", union(letters)],
  ["ascii", range(0, 0x7f)],
  ["blank", union([single(0x09), single(0x20)])],
  ["cntrl", union([range(0, 0x1f), single(0x7f)])],
  ["digit", ASCII_DIGIT],
  ["graph", range(0x21, 0x7e)],
  ["lower", range(0x61, 0x7a)],
  ["print", range(0x20, 0x7e)],
  ["punct", union(PUNCTUATION)],
  ["space", ASCII_SPACE],
  ["upper", range(0x41, 0x5a)],
  ["word", ASCII_WORD],
  ["xdigit", union([ASCII_DIGIT, range(0x61, 0x66), range(0x41, 0x46)])],
]);

const KEYS: ReadonlyMap<string, string> = new Map([
  ["gc", "gc"], ["generalcategory", "gc"], ["sc", "sc"], ["script", "sc"], ["scx", "scx"], ["scriptextensions", "scx"],
]); // prettier-ignore

/** Names without case, spaces, `_` and `-` (UAX 44, loose matching). */
const loose = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, "");

/** How JavaScript may spell a name: it takes one spelling only. */
function spellings(name: string): string[] {
  const words = name.trim().split(/[\s_-]+/);
  const title = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase());
  return [name, title.join("_"), name.toUpperCase(), title.join("")];
}

function tryProperty(name: string): CharSet | undefined {
  try {
    return property(name);
  } catch {
    return undefined;
  }
}

function candidates(key: string | undefined, name: string): string[] {
  const spelled = spellings(name);
  if (key !== undefined) return spelled.map((each) => `${key}=${each}`);
  return [
    ...spelled,
    ...spelled.map((each) => `gc=${each}`),
    ...spelled.map((each) => `sc=${each}`),
  ];
}

/** ASCII that stands in no name, in a text of ASCII. */
const NO_NAME = /^(?=[\0-\x7f]*$).*[^A-Za-z0-9_\s=:-]/s;

/**
 * The set of `\p{name}`. Throws `unsupported-regex` for a property that is not known here: taking it for a pattern that
 * matches nothing would let checks pass that negate it.
 */
export function unicodeClass(text: string): CharSet {
  const [first = "", second] = text.split(/[=:]/, 2);
  const key = second === undefined ? undefined : KEYS.get(loose(first));
  const isWellFormed = /^[A-Za-z0-9_\s-]+([=:][A-Za-z0-9_\s-]+)?$/.test(text);
  if (isWellFormed && (second === undefined || key !== undefined)) {
    if (loose(text) === "any") return range(0, 0x10ffff);
    for (const candidate of candidates(key, second ?? first)) {
      const found = tryProperty(candidate);
      if (found !== undefined) return found;
    }
  }
  if (text.includes("!=")) {
    // Unicode means all but the value; the reference implementation matches the value.
    const message =
      "a property with != means different things to different implementations; use \\P{…}";
    throw new BiscuitError("unsupported-regex", message);
  }
  // No property has such a name in any version of Unicode.
  if (NO_NAME.test(text)) throw new InvalidPattern(`${JSON.stringify(text)} is no property`);
  throw new BiscuitError(
    "unsupported-regex",
    `the Unicode property ${JSON.stringify(text)} is not known here`,
  );
}
