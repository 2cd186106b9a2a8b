import type { Budget } from "../datalog/budget.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";
import type { Assertion, RegexNode } from "./ast.ts";
import type { RememberingSet } from "./char-set.ts";

/** One step of the machine that matches. `next` is where it goes on. */
export type Instruction =
  | { readonly kind: "chars"; readonly set: RememberingSet; next: number }
  | {
      readonly kind: "assert";
      readonly assertion: Assertion;
      readonly ascii: boolean;
      next: number;
    }
  | { readonly kind: "split"; next: number; other: number }
  | { readonly kind: "match" };

export interface RegexProgram {
  readonly instructions: readonly Instruction[];
  readonly start: number;
}

/** Builds from the end to the beginning: each part is given where to go on, and answers where it starts. */
class Builder {
  readonly instructions: Instruction[] = [];
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  push(instruction: Instruction): number {
    this.#budget.spend(1);
    if (this.instructions.length >= LIMITS.regexInstructions) {
      const message = `a regular expression takes more than ${LIMITS.regexInstructions} instructions`;
      throw new BiscuitError("too-large", message);
    }
    return this.instructions.push(instruction) - 1;
  }

  build(node: RegexNode, next: number): number {
    if (node.kind === "empty") return next;
    if (node.kind === "chars") return this.push({ kind: "chars", set: node.set, next });
    if (node.kind === "repeat") return this.#repeat(node, next);
    if (node.kind === "choice") return this.#choice(node.nodes, next);
    if (node.kind === "sequence") {
      return node.nodes.reduceRight((after, part) => this.build(part, after), next);
    }
    return this.push({ kind: "assert", assertion: node.assertion, ascii: node.ascii, next });
  }

  #choice(nodes: readonly RegexNode[], next: number): number {
    return nodes
      .map((part) => this.build(part, next))
      .reduceRight((other, first) => this.push({ kind: "split", next: first, other }));
  }

  #repeat(node: Extract<RegexNode, { kind: "repeat" }>, next: number): number {
    let start =
      node.max === Infinity
        ? this.#loop(node.node, next)
        : this.#optional(node.node, node.max - node.min, next);
    for (let i = 0; i < node.min; i++) {
      this.#budget.spend(1);
      start = this.build(node.node, start);
    }
    return start;
  }

  #loop(node: RegexNode, next: number): number {
    const split: Instruction = { kind: "split", next, other: next };
    const at = this.push(split);
    split.other = this.build(node, at);
    return at;
  }

  /** Up to `count` more times, each optional. */
  #optional(node: RegexNode, count: number, next: number): number {
    let start = next;
    for (let i = 0; i < count; i++) {
      start = this.push({ kind: "split", next, other: this.build(node, start) });
    }
    return start;
  }
}

/** Compiles a tree. Throws `too-large`, and `too-many-steps` from the budget. */
export function compileProgram(node: RegexNode, budget: Budget): RegexProgram {
  const builder = new Builder(budget);
  const start = builder.build(node, builder.push({ kind: "match" }));
  return { instructions: builder.instructions, start };
}
