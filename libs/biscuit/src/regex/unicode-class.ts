import { BiscuitError } from "../errors/biscuit-error.ts";
import { InvalidPattern } from "./ast.ts";
import { type CharSet, range } from "./char-set.ts";

/**
 * The set that JavaScript knows by the content of a class in brackets. Its expression is made when it is first asked, and
 * asked about single characters only, so it costs the same always.
 */
function platform(content: string): CharSet {
  let pattern: RegExp | undefined;
  return {
    cost: 4,
    has(point) {
      pattern ??= new RegExp(`^[${content}]$`, "u");
      return pattern.test(String.fromCodePoint(point));
    },
  };
}

/** `\d`, `\s` and `\w` as Unicode defines them (UTS 18, Annex C). */
export const DIGIT: CharSet = platform("\\p{Nd}");
export const SPACE: CharSet = platform("\\p{White_Space}");
export const WORD: CharSet = platform("\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}");

export const ASCII_DIGIT: CharSet = platform("0-9");
export const ASCII_SPACE: CharSet = platform("\\t-\\r ");
export const ASCII_WORD: CharSet = platform("0-9A-Z_a-z");

/** `[:name:]` inside brackets. */
const POSIX: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z", alpha: "A-Za-z", ascii: "\\0-\\x7f", blank: "\\t ", cntrl: "\\0-\\x1f\\x7f", digit: "0-9", graph: "!-~",
  lower: "a-z", print: " -~", punct: "!-\\/:-@\\[-`\\{-~", space: "\\t-\\r ", upper: "A-Z", word: "0-9A-Z_a-z",
  xdigit: "0-9A-Fa-f",
}; // prettier-ignore

export const posixClass = (name: string): CharSet | undefined =>
  Object.hasOwn(POSIX, name) ? platform(POSIX[name] ?? "") : undefined;

/** Of a property with a value, as JavaScript writes it. */
const KEYS: readonly (readonly [RegExp, string])[] = [
  [/^(?:gc|generalcategory)$/, "gc="],
  [/^(?:sc|script)$/, "sc="],
  [/^(?:scx|scriptextensions)$/, "scx="],
];

/** Names without case, spaces, `_` and `-` (UAX 44, loose matching). */
const loose = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, "");

/** How JavaScript may spell a name: it takes one spelling only. */
function spellings(name: string): string[] {
  const words = name.trim().split(/[\s_-]+/);
  const title = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase());
  return [name, title.join("_"), name.toUpperCase(), title.join("")];
}

/** The property, if JavaScript takes that spelling. */
function tryProperty(name: string): CharSet | undefined {
  const set = platform(`\\p{${name}}`);
  try {
    set.has(0);
    return set;
  } catch {
    return undefined;
  }
}

/** ASCII that stands in no name, in a text of ASCII. */
const NO_NAME = /^(?=[\0-\x7f]*$).*[^\w\s=:-]/s;

/**
 * The set of `\p{name}`. Throws `unsupported-regex` for a property that is not known here: taking it for a pattern that
 * matches nothing would let checks pass that negate it.
 */
export function unicodeClass(text: string): CharSet {
  const found = knownClass(text);
  if (found !== undefined) return found;
  // No property has such a name in any version of Unicode. By != Unicode means all but the value, the reference
  // implementation the value.
  if (NO_NAME.test(text) && !text.includes("!=")) throw new InvalidPattern();
  throw new BiscuitError(
    "unsupported-regex",
    `the Unicode property ${JSON.stringify(text)} is not known here`,
  );
}

function knownClass(text: string): CharSet | undefined {
  const [, first = "", second] = /^([\w\s-]+)(?:[=:]([\w\s-]+))?$/.exec(text) ?? [];
  if (loose(text) === "any") return range(0, 0x10ffff);
  const prefixes =
    second === undefined
      ? ["", "gc=", "sc="]
      : KEYS.flatMap(([key, prefix]) => (key.test(loose(first)) ? [prefix] : []));
  const candidates = prefixes.flatMap((prefix) =>
    spellings(second ?? first).map((name) => prefix + name),
  );
  for (const candidate of candidates) {
    const found = tryProperty(candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}
