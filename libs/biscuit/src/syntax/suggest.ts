import { nearNames } from "./near-name.ts";
import type { Slip } from "./problem.ts";
import { openBracket } from "./brackets.ts";
import { METHOD_NAMES } from "./parse-expression.ts";
import { longTextBefore } from "./resume.ts";
import { REACH, tokens } from "./scan.ts";
import { lazy } from "../values/lazy.ts";
import { lazyPattern, NAME_PATTERN, WORD_PATTERN } from "../values/lazy-pattern.ts";

type Hint = (slip: Slip) => string | undefined;

const didYouMean = (meant: string): string => `did you mean \`${meant}\`?`;
const rest = ({ text, at }: Slip): string => text.slice(at, at + 200);
/** The end of what was read: patterns that end in `$` would take long over a long text. */
const before = ({ text, start, at }: Slip): string => text.slice(Math.max(start, at - 200), at);
const WORD = lazyPattern(String.raw`^[\p{L}\p{N}_]+`, "u");
const wordAt = (slip: Slip): string => WORD().exec(rest(slip))?.[0] ?? "";

const QUOTES = 'strings stand in double quotes: "…"';
const CLOSURE = "closures are written `$x -> …`";
const TEMPLATE = "a value is filled in by a template, biscuit`…` or block`…`: ${…}";
const NO_FRACTIONS = "there are no fractions, only integers of 64 bits";

/** What people write who think of another language, by what stands where the parser stopped. */
const FOREIGN = lazy((): readonly (readonly [RegExp, string])[] => [
  [/^['‘’“”„«`]/u, QUOTES],
  [/^(?::-|:=|⟵|←|<--)/u, didYouMean("<-")],
  [/^=>/, CLOSURE],
  [/^=~/, "patterns are matched by a method: .matches(…)"],
  [/^=(?!=)/, didYouMean("==")],
  [/^(?:and|AND)\b/, "`,` joins conditions, `&&` expressions"],
  [/^(?:not|NOT)\b/, "`!` negates an expression; that no fact matches is said by `reject if`"],
  [/^in\b/, "whether a collection holds a value is a method: .contains(…)"],
  [/^(?:where|when|if)\b/, "conditions follow after a comma"],
  [/^(?:undefined|nil|None|NULL|Null)\b/, didYouMean("null")],
  [/^(?:True|TRUE|yes)\b/, didYouMean("true")],
  [/^(?:False|FALSE|no)\b/, didYouMean("false")],
  [/^(?:#|--)/, "comments begin with `//`"],
  [/^\/\*/, "this comment is not closed: `*/` is missing"],
  [/^%/, "there is no remainder operator"],
  [/^\?/, "there is no conditional operator; alternatives are joined by `or`"],
  [/^0[xXoObB]/, "integers are decimal; bytes are hex:00ff"],
  [/^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?![\d:.Zz+-])/, "a date has a time and an offset: 2030-01-31T00:00:00Z"],
  [/^-?\d+\.\d/, NO_FRACTIONS],
  [/^\+\d/, "positive integers have no sign"],
  [/^\/[^/\s]+\//, 'patterns are strings: .matches("…")'],
  [/^hex:/, "bytes have two hexadecimal digits each: hex:00ff"],
]); // prettier-ignore

const foreign: Hint = (slip) => FOREIGN().find(([pattern]) => pattern.test(rest(slip)))?.[1];

/** Where an integer has been read and the rest of a number or a date is left over. */
const afterNumber: Hint = (slip) => {
  const number = /(?:^|[^\w$])(-?\d+)$/.exec(before(slip))?.[1];
  if (number === undefined) return undefined;
  if (/^-\d\d(?:-\d\d)?/.test(rest(slip))) {
    return "a date has a time and an offset: 2030-01-31T00:00:00Z";
  }
  if (/^[eE_]\d/.test(rest(slip))) return "integers are plain digits";
  return /^[xX]/.test(rest(slip)) ? "integers are decimal; bytes are hex:00ff" : undefined;
};

/** Signs of which the parser took the first half for something else. */
const BROKEN: readonly (readonly [RegExp, RegExp, string])[] = [
  [/(?:^|[^\w$])\d+$/, /^\.\d/, NO_FRACTIONS],
  [/(?:^|[^\w$])\d+\.$/, /^\d/, NO_FRACTIONS],
  [/<\s*$/, /^>/, didYouMean("!=")],
  [/\$$/, /^\{/, TEMPLATE],
];

const broken: Hint = (slip) =>
  BROKEN.find(([left, right]) => left.test(before(slip)) && right.test(rest(slip)))?.[2];

/** Strings may go on over lines, so one that is not closed ends where the next begins. */
const longText: Hint = ({ text, start, at, place }) => {
  const long = longTextBefore(text, start, at);
  if (long === undefined) return undefined;
  return `the string that begins at ${place(long.start)} goes on over the end of its line; is its closing \`"\` missing?`;
};

const KEYWORDS = ["check if", "check all", "reject if", "allow if", "deny if"] as const;
const OTHER_WORDS: Readonly<Record<string, string>> = {
  permit: "allow if",
  grant: "allow if",
  forbid: "deny if",
  require: "check if",
  assert: "check if",
  verify: "check if",
  unless: "reject if",
};

const TWO_WORDS = lazyPattern(String.raw`^([\p{L}_]+)\s*([\p{L}_]*)`, "u");

/** A statement that begins with what may be a keyword. */
const keyword: Hint = ({ text, start, at }) => {
  if (at !== start) return undefined;
  const [, first = "", second = ""] = TWO_WORDS().exec(text.slice(start)) ?? [];
  const [a, b] = [first.toLowerCase(), second.toLowerCase()];
  if (/^(?:allow|deny)$/.test(a) && /^(?:all|always)?$/.test(b)) return didYouMean(`${a} if true`);
  const other = Object.hasOwn(OTHER_WORDS, a) ? OTHER_WORDS[a] : undefined;
  const near = other ?? nearKeyword(a, b);
  return near === undefined ? undefined : didYouMean(near);
};

function nearKeyword(first: string, second: string): string | undefined {
  const joined = KEYWORDS.find((each) => each.replace(" ", "") === first);
  if (joined !== undefined) return joined;
  const begins = KEYWORDS.filter((each) => each.startsWith(`${first} `));
  const candidates =
    begins.length > 0
      ? begins
      : KEYWORDS.filter((each) => nearNames(first, [each.split(" ")[0] ?? ""]).length > 0);
  const exact = candidates.find((each) => each.endsWith(` ${second}`));
  // Without a second word it may be a predicate that only looks like a keyword.
  return exact ?? (begins.length > 0 || second === "" ? begins[0] : candidates[0]);
}

const trusting: Hint = (slip) => {
  const word = wordAt(slip);
  const isNear =
    word.length > 3 && (/^trust/i.test(word) || nearNames(word, ["trusting"]).length > 0);
  return isNear && before(slip) !== "" ? didYouMean("trusting") : undefined;
};

const scope: Hint = (slip) => {
  if (!slip.expected.includes("previous")) return undefined;
  const [near] = nearNames(wordAt(slip), ["authority", "previous"]);
  if (near !== undefined) return didYouMean(near);
  return "a key is written ed25519/… or secp256r1/… with hexadecimal digits, without quotes";
};

const OTHER_METHODS: Readonly<Record<string, string>> = {
  includes: "contains",
  has: "contains",
  size: "length",
  count: "length",
  len: "length",
  some: "any",
  exists: "any",
  every: "all",
  forAll: "all",
  match: "matches",
  test: "matches",
  at: "get",
  typeof: "type",
};

const method: Hint = (slip) => {
  if (!slip.expected.includes("contains")) return undefined;
  const word = wordAt(slip);
  const snake = word.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const known = Object.hasOwn(OTHER_METHODS, word) ? OTHER_METHODS[word] : undefined;
  const meant =
    known ?? METHOD_NAMES.find((each) => each === snake) ?? nearNames(snake, METHOD_NAMES)[0];
  return meant === undefined ? undefined : didYouMean(`.${meant}(…)`);
};

const methodWithoutCall: Hint = (slip) => {
  const name = /\.([a-z_]+)\s*$/.exec(before(slip))?.[1];
  const isMethod = name !== undefined && METHOD_NAMES.includes(name);
  return isMethod && slip.expected.includes('"("')
    ? `${name} is a method: .${name}(${/^(?:length|type)$/.test(name) ? "" : "…"})`
    : undefined;
};

const CLOSURE_START = lazyPattern(String.raw`\.(?:any|all)\(\s*(?:\$${WORD_PATTERN}+)?\s*$`, "u");

const closure: Hint = (slip) => (CLOSURE_START().test(before(slip)) ? CLOSURE : undefined);

const NAME = lazyPattern(`^${NAME_PATTERN}`, "u");

/** The rest of a fact with a variable in it tells whether a rule is meant. */
const variableInFact: Hint = (slip) => {
  if (!rest(slip).startsWith("$") || slip.expected.length > 0 || slip.code !== "syntax")
    return undefined;
  const name = NAME().exec(slip.text.slice(slip.start))?.[0];
  if (name === undefined) return undefined;
  if (/^[^;]*?\)\s*(?::-|:=|<=|<--|=>|->|⟵|←|if\b|where\b)/u.test(rest(slip)))
    return didYouMean("<-");
  return `a fact has only values; with a variable it is a rule and needs a body: ${name}(…) <- …`;
};

const JOINED_BY: Readonly<Record<string, string>> = {
  "!": "predicates cannot be negated; that no fact matches is said by `reject if`",
  "&&": "predicates are joined by `,`",
  "||": "alternatives are joined by `or`",
  "(": "predicates stand without parentheses around them",
};

/** A predicate where only an expression can be, or an operator after one. */
const predicateInExpression: Hint = (slip) => {
  if (isPredicate(slip)) return JOINED_BY[lastToken(slip)];
  const [operator] = /^(?:&&|\|\|)/.exec(rest(slip)) ?? [];
  return operator !== undefined && /\)\s*$/.test(before(slip)) ? JOINED_BY[operator] : undefined;
};

const PREDICATE = lazyPattern(String.raw`^${NAME_PATTERN}\s*\(`, "u");
const isPredicate = (slip: Slip): boolean => PREDICATE().test(rest(slip));

function lastToken({ text, start, at }: Slip): string {
  let last = "";
  for (const token of tokens(text, start, at)) if (token.kind !== "blank") last = token.text;
  return last;
}

const VARIABLE = lazyPattern(String.raw`^\$${WORD_PATTERN}+`, "u");

/** A variable that nothing binds: one with a name like it may. */
const unboundVariable: Hint = (slip) => {
  if (slip.code !== "invalid-rule") return undefined;
  const name = VARIABLE().exec(rest(slip))?.[0] ?? "";
  const [near] = nearNames(name, slip.expected);
  return near === undefined
    ? `add a predicate to the body that has ${name} among its terms`
    : didYouMean(near);
};

const policyInBlock: Hint = ({ code, text, at, expected }) =>
  code === "syntax" && expected.length === 0 && /^(?:allow|deny)\s+if\b/i.test(text.slice(at))
    ? "a token restricts with `check if` or `reject if`"
    : undefined;

const bareWord: Hint = (slip) => {
  const word = wordAt(slip);
  if (word === "" || !slip.expected.includes("a value") || isPredicate(slip)) return undefined;
  return `a string stands in quotes, "${word}"; a variable begins with $, $${word}`;
};

const parameter: Hint = (slip) => {
  const name = /^([A-Za-z]\w*)\s*\}/.exec(rest(slip))?.[1];
  const isOpen = /\{\s*$/.test(before(slip));
  return isOpen && name !== undefined
    ? `a parameter is written without blanks: {${name}}`
    : undefined;
};

const NAMES: Readonly<Record<string, string>> = {
  "(": "parenthesis",
  "[": "bracket",
  "{": "brace",
};

const unclosed: Hint = ({ text, start, at, expected, place }) => {
  const isEnd = /^\s*(?:;|$)/.test(text.slice(at));
  const open = openBracket(text, start, at);
  const wantsEnd = expected.length === 0 || expected.some((each) => /^"[)\]}]"$/.test(each));
  if (open === undefined || !(isEnd || wantsEnd)) return undefined;
  return `the ${NAMES[open.text] ?? "bracket"} opened at ${place(open.start)} is not closed`;
};

const unopened: Hint = (slip) =>
  /^[)\]}]/.test(rest(slip)) && openBracket(slip.text, slip.start, slip.at) === undefined
    ? "nothing is open that it could close"
    : undefined;

const extraComma: Hint = (slip) =>
  /,\s*$/.test(before(slip)) && /^\s*(?:[)\]};]|$)/.test(rest(slip))
    ? "remove the comma before it"
    : undefined;

const NO_TERMS = lazyPattern(String.raw`^${NAME_PATTERN}\(\s*$`, "u");

const noTerms: Hint = (slip) =>
  NO_TERMS().test(before(slip)) && rest(slip).startsWith(")")
    ? "a fact has at least one term"
    : undefined;

const unclosedText: Hint = (slip) =>
  slip.expected.includes('"')
    ? 'add the closing `"`; inside a string it is written `\\"`'
    : undefined;

const escape: Hint = (slip) =>
  slip.expected.includes("\\n") ? "a backslash is written `\\\\`" : undefined;

/** The statement before it has no semicolon, and this begins another. */
const semicolon: Hint = (slip) => {
  if (!slip.expected.includes('";"')) return undefined;
  const isStatement =
    /^(?:check|reject|allow|deny|trusting)\b/i.test(rest(slip)) || isPredicate(slip);
  return isStatement || /\n\s*$/.test(slip.text.slice(Math.max(0, slip.at - 200), slip.at))
    ? "a semicolon is missing before it"
    : undefined;
};

const WITHOUT_PARENTHESES = lazyPattern(String.raw`^(${NAME_PATTERN})\s*(?:["$\d;]|$)`, "u");

const noParentheses: Hint = ({ text, start, at }) => {
  if (at !== start) return undefined;
  const name = WITHOUT_PARENTHESES().exec(text.slice(start))?.[1];
  return name === undefined ? undefined : `a fact has its terms in parentheses: ${name}(…)`;
};

/** Asked in this order; the first that knows something is believed. */
const HINTS: readonly Hint[] = [
  unboundVariable, policyInBlock, scope, method, methodWithoutCall, unclosedText, escape, variableInFact, broken, longText, afterNumber,
  keyword, trusting, predicateInExpression, parameter, closure, foreign, extraComma, noTerms, unclosed, unopened,
  semicolon, bareWord, noParentheses,
]; // prettier-ignore

/** What is probably meant, or what to do. Only looked for when there is a problem. */
export function suggestionFor(slip: Slip): string | undefined {
  const near = { ...slip, start: Math.max(slip.start, slip.at - REACH) };
  for (const hint of HINTS) {
    const suggestion = hint(near);
    if (suggestion !== undefined) return suggestion;
  }
  return undefined;
}
