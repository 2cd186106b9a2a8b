import type { Problem } from "./problem.ts";
import { lineEnd, REACH, type Token, tokens } from "./scan.ts";
import { lazyPattern, NAME_PATTERN } from "../values/lazy-pattern.ts";

const STATEMENT = /^(?:check\s+(?:if|all)|reject\s+if|allow\s+if|deny\s+if)\b/i;

/** Where to go on after an error at `offset`: after the next semicolon, or at a line that begins with a keyword. */
export function nextStatement(text: string, offset: number): number {
  let isLineStart = false;
  for (const token of tokens(text, offset)) {
    if (token.text === ";") return token.end;
    const isUnclosed = token.kind === "text" && !/^"(?:[^"\\]|\\[^])*"$/u.test(token.text);
    if (isUnclosed) return lineEnd(text, token.start) + 1;
    if (isLineStart && STATEMENT.test(text.slice(token.start, token.start + 40))) {
      return token.start;
    }
    isLineStart = token.kind === "blank" && (isLineStart || token.text.includes("\n"));
  }
  return text.length;
}

/** A string between two places that holds the end of a line. */
export function longTextBefore(text: string, start: number, end: number): Token | undefined {
  for (const token of tokens(text, start, end)) {
    if (token.kind === "text" && token.text.includes("\n")) return token;
  }
  return undefined;
}

/** A keyword, or a predicate that is the head of a rule or a fact. */
const STATEMENT_START = lazyPattern(
  String.raw`^(?:(?:check|reject|allow|deny)\s+(?:if|all)\b|${NAME_PATTERN}\s*\()`,
  "iu",
);

/** Goes on after the statement that has a problem; right at it when all that is missing is the semicolon before it. */
export function resumption(text: string, { offset, expected }: Problem, start: number): number {
  const isNextStatement =
    expected.includes('";"') && STATEMENT_START().test(text.slice(offset, offset + 200));
  if (isNextStatement) return offset;
  const long = longTextBefore(text, Math.max(start, offset - REACH), offset);
  // A string over several lines was probably not meant: what it swallowed is read.
  if (long !== undefined) return lineEnd(text, long.start) + 1;
  return Math.max(nextStatement(text, offset), offset + 1);
}
