import { BiscuitError } from "../errors/biscuit-error.ts";
import type { BiscuitErrorCode } from "../errors/codes.ts";
import { LIMITS } from "../limits.ts";
import { Problem } from "./problem.ts";
import { BLANK, isOf, NAME_PART, NAME_START, WORD_PART } from "./characters.ts";
import { NAME, VARIABLE_NAME } from "./names.ts";
import type { Source } from "./source.ts";
import { lazyPattern } from "../values/lazy-pattern.ts";

/** White space and comments: `//` to the end of the line, and block comments. */
const BLANKS = /(?:[ \t\r\n]+|\/\/[^\r\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*/y;
const SLASH = 0x2f;
const QUOTE = 0x22;
/** The bit that tells upper-case ASCII letters from lower-case ones. */
const CASE = 0x20;
const WORD_CHARACTER = lazyPattern(String.raw`[\p{L}\p{N}_]`, "uy");

/** Reads source from left to right. Methods named `try…` move only when they succeed. */
export class Cursor {
  readonly source: Source;
  /** Where queries begin. Only filled when somebody asks: coverage names the line of every alternative. */
  readonly queryOffsets: Map<object, number> | undefined;
  #at = 0;
  #depth = 0;
  /** Parts that may still be read. */
  #parts: number = LIMITS.sourceParts;

  /** `isOwn`: the verifier's source, which nobody else writes. */
  constructor(source: Source, isOwn = false, queryOffsets?: Map<object, number>) {
    this.source = source;
    this.queryOffsets = queryOffsets;
    if (isOwn) this.#parts = Infinity;
    const maxLength = isOwn ? LIMITS.policyLength : LIMITS.sourceLength;
    if (source.text.length > maxLength) {
      const message = `the source has ${source.text.length} characters; at most ${maxLength} are read`;
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
    const { text } = this.source;
    const { length } = text;
    let at = this.#at;
    while (at < length && isOf(text.charCodeAt(at), BLANK)) at++;
    this.#at = at;
    if (at === length) return;
    // Only a comment goes on from here, and only a comment can hold what must not be there.
    if (text.charCodeAt(at) !== SLASH) return;
    BLANKS.lastIndex = at;
    this.#at += BLANKS.exec(text)?.[0].length ?? 0;
    if (this.source.hasHoleWithin(at, this.#at)) {
      throw this.error("a value cannot stand here", [], "syntax", at);
    }
  }

  get done(): boolean {
    return this.#at >= this.source.text.length;
  }

  /** The UTF-16 unit here; not a number at the end. */
  get unit(): number {
    return this.source.text.charCodeAt(this.#at);
  }

  /** As `unit`, so many units further on. */
  unitAt(further: number): number {
    return this.source.text.charCodeAt(this.#at + further);
  }

  startsWith(text: string): boolean {
    // Most texts are not the one: their first characters tell, without a call.
    return this.unit === text.charCodeAt(0) && this.source.text.startsWith(text, this.#at);
  }

  /** Whether an ASCII character of these classes stands here, or so many characters further on. */
  isAt(classes: number, further = 0): boolean {
    return isOf(this.source.text.charCodeAt(this.#at + further), classes);
  }

  /** The name of a predicate, method or external function, consumed. */
  tryName(): string | undefined {
    return this.#tryRun(NAME_START, NAME);
  }

  /** The name of a variable, without its `$`, consumed. */
  tryVariableName(): string | undefined {
    return this.#tryRun(NAME_PART, VARIABLE_NAME);
  }

  /** Characters of a name, the first one of `first`. Where others than ASCII are among them, `pattern` decides. */
  #tryRun(first: number, pattern: () => RegExp): string | undefined {
    const { text } = this.source;
    const { length } = text;
    let at = this.#at;
    let classes = first;
    while (at < length && isOf(text.charCodeAt(at), classes)) {
      at++;
      classes = NAME_PART;
    }
    if (at < length && text.charCodeAt(at) >= 128) return this.tryMatch(pattern())?.[0];
    if (at === this.#at) return undefined;
    this.#countPart();
    const name = text.slice(this.#at, at);
    this.#at = at;
    return name;
  }

  /** A string in quotes without escapes, consumed; what is more than that is left to the parser of strings. */
  tryPlainText(): string | undefined {
    const { text } = this.source;
    const start = this.#at + 1;
    const end = text.indexOf('"', start);
    if (end < 0 || text.charCodeAt(this.#at) !== QUOTE) return undefined;
    const plain = text.slice(start, end);
    const isPlain =
      !plain.includes("\\") && plain.isWellFormed() && !this.source.hasHoleWithin(start, end);
    if (!isPlain) return undefined;
    this.#at = end + 1;
    return plain;
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
    // Most words are not the one: their first letters, whatever their case, tell.
    if ((this.unit | CASE) !== (word.charCodeAt(0) | CASE)) return false;
    const { text } = this.source;
    const end = this.#at + word.length;
    const found = text.slice(this.#at, end);
    if (found !== word && !(anyCase && found.toLowerCase() === word)) return false;
    if (this.#continuesWord(end)) return false;
    this.#at = end;
    return true;
  }

  #continuesWord(at: number): boolean {
    const { text } = this.source;
    const unit = text.charCodeAt(at);
    if (!(unit >= 128)) return isOf(unit, WORD_PART);
    const pattern = WORD_CHARACTER();
    pattern.lastIndex = at;
    return pattern.test(text);
  }

  /** The ASCII letter here in lower case, as a UTF-16 unit; something else where none is. */
  get letter(): number {
    return this.unit | CASE;
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

  /** One level deeper, until `leave`. Throws `too-large` beyond `limit`. An error leaves all levels (`resume`). */
  enter(limit: number): void {
    this.#countPart();
    this.#depth++;
    if (this.#depth > limit) throw this.error(`nested more than ${limit} deep`, [], "too-large");
  }

  leave(): void {
    this.#depth--;
  }

  #countPart(): void {
    if (this.#parts-- > 0) return;
    const message = `more than ${LIMITS.sourceParts} names, variables, values and expressions`;
    throw this.error(message, [], "too-large");
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
