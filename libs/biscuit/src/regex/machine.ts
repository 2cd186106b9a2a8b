import type { Budget } from "../datalog/budget.ts";
import { assertionHolds, NONE } from "./assertions.ts";
import type { RegexProgram } from "./program.ts";

/** An instruction reached and put on a list: measured, some 100 ns where lists are long. */
const STEPS_OF_A_VISIT = 3;

/**
 * Runs all ways of matching side by side, one character after the other (Thompson, 1968; Pike's machine without
 * captures). Each instruction is visited at most once for each character: time is the product of the two lengths, whatever
 * the pattern.
 */
export class Machine {
  readonly #program: RegexProgram;
  readonly #budget: Budget;
  /** The position at which each instruction was last reached. */
  readonly #reached: Int32Array;
  readonly #stack: number[] = [];

  constructor(program: RegexProgram, budget: Budget) {
    this.#program = program;
    this.#budget = budget;
    this.#reached = new Int32Array(program.instructions.length).fill(-1);
  }

  /** Whether the pattern matches anywhere in the text. */
  run(text: string): boolean {
    let waiting: number[] = [];
    let before = NONE;
    for (let at = 0; ;) {
      const after = text.codePointAt(at) ?? NONE;
      const ready: number[] = [];
      for (const start of waiting) if (this.#follow(start, at, before, after, ready)) return true;
      if (this.#follow(this.#program.start, at, before, after, ready)) return true;
      if (after === NONE) return false;
      waiting = this.#step(ready, after);
      before = after;
      at += after > 0xffff ? 2 : 1;
    }
  }

  /** Where the instructions that take `point` go on. */
  #step(ready: readonly number[], point: number): number[] {
    const next: number[] = [];
    for (const at of ready) {
      const instruction = this.#program.instructions[at];
      if (instruction?.kind !== "chars") continue;
      this.#budget.spend(instruction.set.costOf(point));
      if (instruction.set.has(point)) next.push(instruction.next);
    }
    return next;
  }

  /** Collects the character instructions reachable without a character. True when that reaches a match. */
  #follow(
    start: number,
    position: number,
    before: number,
    after: number,
    ready: number[],
  ): boolean {
    const stack = this.#stack;
    stack.length = 0;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (this.#reached[at] === position) continue;
      this.#reached[at] = position;
      this.#budget.spend(STEPS_OF_A_VISIT);
      const instruction = this.#program.instructions[at];
      if (instruction === undefined) continue;
      if (instruction.kind === "match") return true;
      if (instruction.kind === "chars") ready.push(at);
      else if (instruction.kind === "split") stack.push(instruction.other, instruction.next);
      else if (assertionHolds(instruction.assertion, instruction.ascii, before, after))
        stack.push(instruction.next);
    }
    return false;
  }
}
