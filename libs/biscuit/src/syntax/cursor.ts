import { BiscuitError } from "../errors/biscuit-error.ts";
import type { BiscuitErrorCode } from "../errors/codes.ts";
import { LIMITS } from "../limits.ts";
import { Problem } from "./problem.ts";
import type { Source } from "./source.ts";

/** White space and comments: `//` to the end of the line, and block comments. */
const BLANK = /(?:[ \t\r\n]+|\/\/[^\r\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*/y;
const WORD_CHARACTER = /[\p{L}\p{N}_]/uy;

/** Reads source from left to right. Methods named `try…` move only when they succeed. */
export class Cursor {
  readonly source: Source;
  /** Where queries begin. Only filled when somebody asks: coverage names the line of every alternative. */
  readonly queryOffsets: Map<object, number> | undefined;
  #at = 0;
  #depth = 0;

  constructor(source: Source, queryOffsets?: Map<object, number>) {
    this.source = source;
    this.queryOffsets = queryOffsets;
    if (source.text.length > LIMITS.sourceLength) {
      const message = `the source has ${source.text.length} characters; at most ${LIMITS.sourceLength} are read`;
      throw new BiscuitError("too-large", message);
    }
  }

  get offset(): number {
    return this.#at;
  }

  /** Goes back to an offset read before. */
  rewind(offset: number): void {
    this.#at = offset;
  }

  /** Goes on at `offset`, outside of everything, after an error. */
  resume(offset: number): void {
    this.#at = Math.min(offset, this.source.text.length);
    this.#depth = 0;
  }

  skipBlank(): void {
    const start = this.#at;
    BLANK.lastIndex = start;
    this.#at += BLANK.exec(this.source.text)?.[0].length ?? 0;
    if (this.source.hasHoleWithin(start, this.#at)) {
      throw this.error("a value cannot stand in a comment", [], "syntax", start);
    }
  }

  get done(): boolean {
    return this.#at >= this.source.text.length;
  }

  startsWith(text: string): boolean {
    return this.source.text.startsWith(text, this.#at);
  }

  /** The match of a sticky expression here, consumed. */
  tryMatch(pattern: RegExp): RegExpMatchArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.source.text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }

  tryText(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.#at += text.length;
    return true;
  }

  /** A word that no letter, digit or `_` continues. Case counts for nothing when `anyCase`. */
  tryWord(word: string, anyCase = false): boolean {
    const end = this.#at + word.length;
    const found = this.source.text.slice(this.#at, end);
    if (found !== word && !(anyCase && found.toLowerCase() === word)) return false;
    WORD_CHARACTER.lastIndex = end;
    if (WORD_CHARACTER.test(this.source.text)) return false;
    this.#at = end;
    return true;
  }

  /** Several words with blanks between, whatever their case: `check if`. */
  tryKeywords(words: readonly string[]): boolean {
    const start = this.#at;
    for (const word of words) {
      this.skipBlank();
      if (this.tryWord(word, true)) continue;
      this.#at = start;
      return false;
    }
    return true;
  }

  expect(text: string, after: string): void {
    this.skipBlank();
    if (!this.tryText(text)) throw this.unexpected([`"${text}"`], `after ${after}`);
  }

  tryHole(): { readonly value: unknown } | undefined {
    if (!this.source.isHole(this.#at)) return undefined;
    return { value: this.source.valueAt(this.#at++) };
  }

  /** Runs `parse` one level deeper. Throws `too-large` beyond `limit`. */
  nested<Result>(limit: number, parse: (cursor: this) => Result): Result {
    this.#depth++;
    if (this.#depth > limit) {
      throw this.error(`nested more than ${limit} deep`, [], "too-large");
    }
    const result = parse(this);
    this.#depth--;
    return result;
  }

  /** What stands here is none of `expected`. */
  unexpected(expected: readonly string[], context = ""): Problem {
    const found = this.#describe();
    const wanted = expected.join(" or ");
    return this.error(
      `expected ${wanted}${context === "" ? "" : ` ${context}`}, found ${found}`,
      expected,
    );
  }

  error(
    message: string,
    expected: readonly string[] = [],
    code: BiscuitErrorCode = "syntax",
    offset: number = this.#at,
  ): Problem {
    return new Problem(message, expected, code, offset);
  }

  #describe(): string {
    if (this.done) return "the end of the source";
    if (this.source.isHole(this.#at)) return "a value";
    const point = this.source.text.codePointAt(this.#at);
    return point === undefined ? "nothing" : JSON.stringify(String.fromCodePoint(point));
  }
}
