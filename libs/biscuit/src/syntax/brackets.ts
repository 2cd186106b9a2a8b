import { type Token, tokens } from "./scan.ts";

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** A bracket that is open at `end`, the innermost. */
export function openBracket(text: string, start: number, end: number): Token | undefined {
  const open: Token[] = [];
  for (const token of tokens(text, start, end)) {
    if (token.text in CLOSING) open.push(token);
    else if (token.text === CLOSING[open.at(-1)?.text ?? ""]) open.pop();
  }
  return open.at(-1);
}

/** Where a predicate is first written between two places, strings and comments aside. */
export function offsetOfPredicate(text: string, name: string, start: number): number {
  let found: number | undefined;
  for (const token of tokens(text, start)) {
    if (token.kind === "blank") continue;
    if (token.text === "(" && found !== undefined) return found;
    found = token.kind === "word" && token.text === name ? token.start : undefined;
  }
  return start;
}
