import { BiscuitError } from "../errors/biscuit-error.ts";

/** The steps that one evaluation may still take. Shared by rules, checks, policies, expressions and regular expressions. */
export class Budget {
  readonly #limit: number;
  #left: number;

  constructor(steps: number) {
    this.#limit = steps;
    this.#left = steps;
  }

  /** Throws `too-many-steps` when they are used up. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left >= 0) return;
    throw new BiscuitError("too-many-steps", `the evaluation takes more than ${this.#limit} steps`);
  }

  get used(): number {
    return this.#limit - this.#left;
  }
}
