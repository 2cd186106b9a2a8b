import type { Budget } from "../datalog/budget.ts";
import { InvalidPattern } from "./ast.ts";
import { Machine } from "./machine.ts";
import { parsePattern } from "./parse.ts";
import { compileProgram, type RegexProgram } from "./program.ts";

/** A compiled pattern. */
export class Regex {
  readonly #program: RegexProgram;

  constructor(program: RegexProgram) {
    this.#program = program;
  }

  /** Whether the pattern matches anywhere in the text, in time linear in the text. Throws `too-many-steps`. */
  matches(text: string, budget: Budget): boolean {
    return new Machine(this.#program, budget).run(text);
  }
}

/**
 * Compiles a pattern in the syntax of RE2 as Rust's `regex` has it: Unicode, no look-around, no back-references.
 * `undefined` when the pattern is not valid, which by the reference implementation matches nothing. Throws `too-large`
 * or `unsupported-regex` where answering "no match" would be a guess.
 */
export function compileRegex(pattern: string, budget: Budget): Regex | undefined {
  budget.spend(pattern.length);
  try {
    return new Regex(compileProgram(parsePattern(pattern), budget));
  } catch (error) {
    if (error instanceof InvalidPattern) return undefined;
    throw error;
  }
}
