import { BiscuitError } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";
import {
  type Assertion,
  DEFAULT_FLAGS,
  type Flags,
  InvalidPattern,
  type RegexNode,
} from "./ast.ts";
import { foldCase } from "./case-folding.ts";
import { type CharSet, negate, remembering, single, union } from "./char-set.ts";
import { checked, parseBrackets } from "./parse-class.ts";
import { parseEscape } from "./parse-escape.ts";
import { PatternCursor } from "./pattern-cursor.ts";
import { lazyPattern } from "../values/lazy-pattern.ts";

const EMPTY: RegexNode = { kind: "empty" };

interface Parse {
  readonly cursor: PatternCursor;
  readonly groupNames: Set<string>;
}

/** Parses the syntax of RE2 as Rust's `regex` has it. Throws `InvalidPattern`. */
export function parsePattern(pattern: string): RegexNode {
  const parse: Parse = { cursor: new PatternCursor(pattern), groupNames: new Set() };
  const node = parseChoice(parse);
  if (!parse.cursor.done) throw new InvalidPattern(); // a parenthesis is not opened
  return node;
}

function parseChoice(parse: Parse): RegexNode {
  return parse.cursor.nested(() => {
    const nodes = [parseSequence(parse)];
    while (parse.cursor.tryTake("|")) nodes.push(parseSequence(parse));
    const [only, ...more] = nodes;
    return only !== undefined && more.length === 0 ? only : { kind: "choice", nodes };
  });
}

function parseSequence(parse: Parse): RegexNode {
  const { cursor } = parse;
  const nodes: RegexNode[] = [];
  for (;;) {
    cursor.skipIgnored();
    if (cursor.done || cursor.current === "|" || cursor.current === ")") break;
    const node = parseElement(parse);
    if (node !== undefined) nodes.push(parseRepeats(cursor, node));
  }
  return nodes.length === 0 ? EMPTY : { kind: "sequence", nodes };
}

/** An element, or `undefined` for flags that hold from here on: those cannot be repeated. */
function parseElement(parse: Parse): RegexNode | undefined {
  const { cursor } = parse;
  if (cursor.tryTake("(")) return parseGroup(parse);
  const character = cursor.next();
  const special = SPECIAL.get(character);
  return special === undefined ? literal(character.codePointAt(0) ?? 0, cursor) : special(cursor);
}

function nothingToRepeat(): never {
  throw new InvalidPattern(); // there is nothing to repeat
}

/** What characters mean that do not stand for themselves. */
const SPECIAL: ReadonlyMap<string, (cursor: PatternCursor) => RegexNode> = new Map([
  ["[", (cursor) => chars(parseBrackets(cursor))],
  ["\\", parseEscaped],
  [".", (cursor) => chars(dot(cursor.flags))],
  ["^", (cursor) => assert(lineAssertion(cursor.flags, "start"), cursor)],
  ["$", (cursor) => assert(lineAssertion(cursor.flags, "end"), cursor)],
  ["*", nothingToRepeat],
  ["+", nothingToRepeat],
  ["?", nothingToRepeat],
  ["{", nothingToRepeat],
] satisfies [string, (cursor: PatternCursor) => RegexNode][]);

const chars = (set: CharSet): RegexNode => ({ kind: "chars", set: remembering(set) });

const assert = (assertion: Assertion, cursor: PatternCursor): RegexNode => ({
  kind: "assert",
  assertion,
  ascii: !cursor.flags.u,
});

function literal(point: number, cursor: PatternCursor): RegexNode {
  const set = single(point);
  return chars(cursor.flags.i ? foldCase(set, !cursor.flags.u) : set);
}

function parseEscaped(cursor: PatternCursor): RegexNode {
  const escape = parseEscape(cursor);
  if (escape.kind === "assert") return assert(escape.assertion, cursor);
  if (escape.kind === "class") return chars(escape.set);
  return literal(escape.isByte === true ? checked(escape.point, cursor) : escape.point, cursor);
}

function dot(flags: Flags): CharSet {
  if (!flags.u) throw new InvalidPattern(); // without Unicode a dot could match half a character
  if (flags.s) return negate(union([]));
  return negate(flags.R ? union([single(0x0a), single(0x0d)]) : single(0x0a));
}

function lineAssertion(flags: Flags, side: "start" | "end"): Assertion {
  if (!flags.m) return `text-${side}`;
  return flags.R ? `crlf-line-${side}` : `line-${side}`;
}

function parseGroup(parse: Parse): RegexNode | undefined {
  const { cursor } = parse;
  const outer = cursor.flags;
  if (cursor.tryTake("?")) {
    const isNamed = cursor.tryTake("P<") || cursor.tryTake("<");
    if (isNamed) takeGroupName(parse);
    else if (parseFlags(cursor) === "until the end of the group") return undefined;
  }
  const node = parseChoice(parse);
  cursor.take(")");
  cursor.flags = outer;
  return node;
}

const GROUP_NAME = lazyPattern(String.raw`^[\p{Alphabetic}_][\p{Alphabetic}\p{N}_.[\]]*$`, "u");

function takeGroupName({ cursor, groupNames }: Parse): void {
  const name = cursor.takeUntil(">");
  const isName = GROUP_NAME().test(name);
  if (!isName || groupNames.has(name)) throw new InvalidPattern(); // a group's name is wrong or used twice
  groupNames.add(name);
}

const isFlag = (letter: string): letter is keyof Flags => Object.hasOwn(DEFAULT_FLAGS, letter);

/** `i-s` and the like. Throws unless each flag is one and there once, and something follows the minus. */
function readFlags(text: string): Partial<Flags> {
  if (!/^[a-zA-Z]*(-[a-zA-Z]+)?$/.test(text)) throw new InvalidPattern(); // no flags
  const [on = "", off = ""] = text.split("-");
  const letters = (on + off).split("");
  if (!letters.every(isFlag) || new Set(letters).size !== letters.length) {
    throw new InvalidPattern(); // an unknown flag, or one twice
  }
  return Object.fromEntries(letters.map((letter, i) => [letter, i < on.length]));
}

/** Flags and what ends them: `:` for this group, `)` for the rest of the group around it. */
function parseFlags(cursor: PatternCursor): "for this group" | "until the end of the group" {
  let text = "";
  while (cursor.current !== ")" && cursor.current !== ":") text += cursor.next();
  const flags = readFlags(text);
  const isForGroup = cursor.next() === ":";
  if (!isForGroup && text === "") throw new InvalidPattern(); // flags are missing
  cursor.flags = { ...cursor.flags, ...flags };
  return isForGroup ? "for this group" : "until the end of the group";
}

function parseRepeats(cursor: PatternCursor, element: RegexNode): RegexNode {
  let node = element;
  for (let repeats = 0; ; repeats++) {
    cursor.skipIgnored();
    const bounds = tryBounds(cursor);
    if (bounds === undefined) return node;
    if (repeats >= LIMITS.regexDepth) {
      throw new BiscuitError(
        "too-large",
        `more than ${LIMITS.regexDepth} repetitions follow one another`,
      );
    }
    // A question mark makes a repetition lazy, which changes what is captured but not whether there is a match.
    cursor.tryTake("?");
    node = { kind: "repeat", node, ...bounds };
  }
}

function tryBounds(cursor: PatternCursor): { min: number; max: number } | undefined {
  if (cursor.tryTake("*")) return { min: 0, max: Infinity };
  if (cursor.tryTake("+")) return { min: 1, max: Infinity };
  if (cursor.tryTake("?")) return { min: 0, max: 1 };
  return cursor.tryTake("{") ? parseCounts(cursor) : undefined;
}

function parseCounts(cursor: PatternCursor): { min: number; max: number } {
  const min = parseCount(cursor);
  let max = min;
  if (cursor.tryTake(",")) {
    // Blanks count for nothing beside a number, but are an error where none follows.
    cursor.skipIgnored();
    max = cursor.current === "}" ? Infinity : parseCount(cursor);
  }
  cursor.take("}");
  if (max < min) throw new InvalidPattern(); // a repetition's bounds are the wrong way round
  return { min, max };
}

function parseCount(cursor: PatternCursor): number {
  cursor.skipBlank();
  let digits = "";
  while (/^[0-9]$/.test(cursor.current)) digits += cursor.next();
  cursor.skipBlank();
  const count = Number(digits);
  if (digits === "" || count > 0xffffffff) throw new InvalidPattern(); // a repetition needs a number of 32 bits
  return count;
}
