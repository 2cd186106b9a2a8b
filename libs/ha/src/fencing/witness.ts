import type { SafetyRules } from "../safety-rules.ts";

export type Admission =
  | { readonly kind: "admitted" }
  /** Whoever asks was the holder once; `highestEpoch` has been seen since. */
  | { readonly kind: "fenced"; readonly highestEpoch: number };

const ADMITTED: Admission = { kind: "admitted" };

/** The rule of whatever is protected: nothing of an epoch once a greater one was seen. */
export const admitsEpoch = (highestEpoch: number, epoch: number): boolean => epoch >= highestEpoch;

/**
 * What a protected resource keeps beside its data, and asks before each write. `highestEpoch` lies where the data
 * lies and is written in the same step, so that no crash makes it forget one without the other.
 */
export class Witness {
  readonly #rules: Pick<SafetyRules, "admitsEpoch">;
  #highestEpoch: number;

  constructor(highestEpoch: number, rules: Pick<SafetyRules, "admitsEpoch">) {
    this.#highestEpoch = highestEpoch;
    this.#rules = rules;
  }

  get highestEpoch(): number {
    return this.#highestEpoch;
  }

  /** Refuses epoch e for good once it has seen e+1. */
  admit(epoch: number): Admission {
    if (!this.#rules.admitsEpoch(this.#highestEpoch, epoch))
      return { kind: "fenced", highestEpoch: this.#highestEpoch };
    this.#highestEpoch = Math.max(this.#highestEpoch, epoch);
    return ADMITTED;
  }
}
