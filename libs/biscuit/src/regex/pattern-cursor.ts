import { BiscuitError } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";
import { DEFAULT_FLAGS, type Flags, InvalidPattern } from "./ast.ts";
import { SPACE } from "./unicode-class.ts";

/** Reads a pattern by code points, with the flags that hold at the place. */
export class PatternCursor {
  flags: Flags = DEFAULT_FLAGS;
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    this.#characters = Array.from(pattern);
  }

  /** The character here, or "" at the end. */
  get current(): string {
    return this.#characters[this.#at] ?? "";
  }

  get done(): boolean {
    return this.#at >= this.#characters.length;
  }

  startsWith(text: string): boolean {
    return Array.from(text).every((character, i) => this.#characters[this.#at + i] === character);
  }

  /** Takes the next character. */
  next(): string {
    const { current } = this;
    if (current === "") throw new InvalidPattern(); // the pattern ends too early
    this.#at++;
    return current;
  }

  tryTake(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.#at += text.length;
    return true;
  }

  take(text: string): void {
    if (!this.tryTake(text)) throw new InvalidPattern();
  }

  /** What stands before the next `end`, which is taken too. */
  takeUntil(end: string): string {
    let text = "";
    while (!this.tryTake(end)) text += this.next();
    return text;
  }

  isBlank(): boolean {
    return !this.done && SPACE.has(this.current.codePointAt(0) ?? 0);
  }

  skipBlank(): void {
    while (this.isBlank()) this.#at++;
  }

  /** With the flag x: blanks, and comments to the end of the line. */
  skipIgnored(): void {
    if (!this.flags.x) return;
    for (;;) {
      this.skipBlank();
      if (!this.startsWith("#")) return;
      while (!this.done && !this.startsWith("\n")) this.#at++;
    }
  }

  mark(): number {
    return this.#at;
  }

  rewind(mark: number): void {
    this.#at = mark;
  }

  nested<Result>(parse: () => Result): Result {
    if (++this.#depth > LIMITS.regexDepth) {
      throw new BiscuitError(
        "too-large",
        `a regular expression is nested more than ${LIMITS.regexDepth} deep`,
      );
    }
    const result = parse();
    this.#depth--;
    return result;
  }
}
