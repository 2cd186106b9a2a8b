import type { Random } from "../random.ts";

export interface PatternCase {
  readonly pattern: string;
  readonly text: string;
}

const CHARACTERS = [
  "a",
  "b",
  "c",
  "k",
  "s",
  "S",
  "K",
  "Z",
  "0",
  "7",
  "_",
  " ",
  "-",
  "é",
  "ß",
  "ſ",
  "α",
  "Σ",
  "ς",
  "中",
  "𝄞",
  "٣",
  "\u212a",
  "\n",
  "\r",
  "\t",
  ".",
] as const;
const LITERALS = [
  "a",
  "b",
  "c",
  "k",
  "s",
  "S",
  "K",
  "0",
  "_",
  " ",
  "-",
  "é",
  "ß",
  "ſ",
  "α",
  "Σ",
  "中",
  "𝄞",
  "]",
  "}",
  ",",
  ":",
  "=",
  "<",
  "&",
  "~",
  "#",
  "/",
] as const;
const ESCAPES = [
  "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\.", "\\*", "\\-", "\\n", "\\t", "\\r", "\\\\", "\\x61", "\\x{e9}", "\\u00e9", "\\U0001D11E", "\\u{1d11e}",
  "\\#", "\\&", "\\ ", "\\/", "\\@",
] as const; // prettier-ignore
const ASSERTIONS = [
  "^",
  "$",
  "\\A",
  "\\z",
  "\\b",
  "\\B",
  "\\b{start}",
  "\\b{end}",
  "\\b{start-half}",
  "\\b{end-half}",
  "\\<",
  "\\>",
] as const;
const PROPERTIES = [
  "\\pL", "\\PL", "\\pN", "\\p{Lu}", "\\P{Lu}", "\\p{^Ll}", "\\p{Letter}", "\\p{Uppercase_Letter}", "\\p{Greek}", "\\p{sc=Latin}", "\\p{scx=Han}",
  "\\p{gc=Nd}", "\\p{gc!=Lu}", "\\p{Alphabetic}", "\\p{White_Space}", "\\p{lowercase}", "\\p{any}", "\\p{ascii}", "\\p{alpha}", "\\p{L}", "\\p{Punctuation}",
  "\\p{emoji}",
] as const; // prettier-ignore
const POSIX = [
  "[:alpha:]",
  "[:^alpha:]",
  "[:digit:]",
  "[:punct:]",
  "[:space:]",
  "[:word:]",
  "[:xdigit:]",
  "[:upper:]",
  "[:ascii:]",
] as const;
const REPEATS = [
  "*",
  "+",
  "?",
  "*?",
  "+?",
  "??",
  "{2}",
  "{0}",
  "{1,}",
  "{0,2}",
  "{1,3}?",
  "{,2}",
  "{ 1 , 2 }",
] as const;
const GROUPS = [
  "(",
  "(?:",
  "(?i:",
  "(?s:",
  "(?m:",
  "(?-u:",
  "(?x:",
  "(?R:",
  "(?U:",
  "(?P<n>",
  "(?<m>",
  "(?i-s:",
  "(?imsx-U:",
] as const;
const FLAGS = ["(?i)", "(?m)", "(?s)", "(?x)", "(?-i)", "(?R)", "(?mR)", "(?u)", "(?U)"] as const;
/** What breaks a pattern, or seems to. */
const NOISE = [
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  "*",
  "+",
  "?",
  "|",
  "\\",
  "(?",
  "(?P<",
  "[^",
  "[]",
  "[^]",
  "(?=a)",
  "(?<!a)",
  "\\1",
  "\\p{",
  "{2",
  "a{1",
  "(?#c)",
  "(?i-)",
] as const;
const CLASS_OPERATORS = ["&&", "--", "~~"] as const;

function classItem(random: Random, depth: number): string {
  switch (random.below(9)) {
    case 0:
      return random.pick(ESCAPES);
    case 1:
      return random.pick(POSIX);
    case 2:
      return random.pick(["a-c", "a-z", "0-9", "A-Z", "α-ω", "\\x61-\\x{7a}", "--a", "!-~", "é-é"]);
    case 3:
      return depth > 0 ? bracket(random, depth - 1) : "a";
    case 4:
      return random.pick(["-", "^", "]", "[", "&", "~", "\\]", "\\^", "\\b"]);
    default:
      return random.pick(LITERALS);
  }
}

function bracket(random: Random, depth: number): string {
  const items = (): string => random.many(1, 3, () => classItem(random, depth)).join("");
  const operators = random.chance(0.25) ? `${random.pick(CLASS_OPERATORS)}${items()}` : "";
  return `[${random.chance(0.3) ? "^" : ""}${items()}${operators}]`;
}

function element(random: Random, depth: number): string {
  const choice = random.below(20);
  if (choice < 6) return random.pick(LITERALS);
  if (choice < 8) return random.pick(ESCAPES);
  if (choice < 10) return random.pick(ASSERTIONS);
  if (choice < 12) return bracket(random, 2);
  if (choice < 13) return random.pick(PROPERTIES);
  if (choice < 14) return ".";
  if (choice < 15) return random.pick(FLAGS);
  if (depth <= 0) return "a";
  return `${random.pick(GROUPS)}${alternatives(random, depth - 1)})`;
}

const repeated = (random: Random, depth: number): string =>
  element(random, depth) + (random.chance(0.3) ? random.pick(REPEATS) : "");

function alternatives(random: Random, depth: number): string {
  return random
    .many(1, random.chance(0.3) ? 3 : 1, () =>
      random.many(0, 3, () => repeated(random, depth)).join(""),
    )
    .join("|");
}

/** A pattern, valid most of the time, and a text that it may match. */
export function anyPattern(random: Random): PatternCase {
  let pattern = alternatives(random, 3);
  if (random.chance(0.15)) {
    const characters = Array.from(pattern);
    pattern = characters
      .toSpliced(random.below(characters.length + 1), 0, random.pick(NOISE))
      .join("");
  }
  return { pattern, text: random.many(0, 6, () => random.pick(CHARACTERS)).join("") };
}
