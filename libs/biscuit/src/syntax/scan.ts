import { lazyPattern, WORD_PATTERN } from "../values/lazy-pattern.ts";

/**
 * What the grammar is made of, as far as it can be told without parsing: for finding one's way after an error. Comments and
 * strings that are not closed reach to the end, so that no place is looked at twice.
 */
const TOKEN = lazyPattern(
  String.raw`[ \t\r\n]+|//[^\r\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?|"(?:[^"\\]|\\[^])*"?|\$?${WORD_PATTERN}+|[-<>=!&|]{2,3}|[^]`,
  "uy",
);

/** How far back a suggestion looks. Statements are shorter; a longer one may get none. */
export const REACH = 5000;

export interface Token {
  readonly kind: "blank" | "text" | "word" | "other";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const WORD_START = lazyPattern(String.raw`^\$?${WORD_PATTERN}`, "u");

function kindOf(text: string): Token["kind"] {
  if (text.startsWith('"')) return "text";
  if (/^(?:\s|\/[/*])/.test(text)) return "blank";
  return WORD_START().test(text) ? "word" : "other";
}

/** Tokens from `start` up to `end`, blanks and comments included. */
export function* tokens(text: string, start: number, end: number = text.length): Iterable<Token> {
  const pattern = TOKEN();
  for (let at = start; at < end;) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return;
    const next = at + match[0].length;
    yield { kind: kindOf(match[0]), text: match[0], start: at, end: next };
    at = next;
  }
}

/** Where the token at `offset` ends. */
export function tokenEnd(text: string, offset: number): number {
  for (const token of tokens(text, offset)) {
    // A string that is not closed would reach to the end of the source.
    return token.kind === "text" ? Math.min(token.end, lineEnd(text, offset)) : token.end;
  }
  return offset;
}

/** Where the line of `offset` ends. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end;
}

/** Where a variable is first written between two places, strings and comments aside. */
export function offsetOfVariable(
  text: string,
  name: string,
  start: number,
  end: number,
): number | undefined {
  for (const token of tokens(text, start, end)) {
    if (token.kind === "word" && token.text === `$${name}`) return token.start;
  }
  return undefined;
}
