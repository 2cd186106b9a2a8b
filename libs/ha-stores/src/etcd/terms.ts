/**
 * Raft's term never shrinks for whoever asks a linearizable question after another was answered. An answer of an
 * earlier term comes from a member that was restored from a backup, or of another cluster: nothing of it is believed.
 * A whole cluster that was rebuilt begins at term one too, so a term is forgotten when it was not seen for a while.
 */
export class Terms {
  readonly #forgetAfterMs: number;
  #highest = 0n;
  #seenAtMs = Number.NEGATIVE_INFINITY;

  constructor(forgetAfterMs: number) {
    this.#forgetAfterMs = forgetAfterMs;
  }

  /** The least term that an answer to a question of now may have. */
  floor(nowMs: number): bigint {
    return nowMs - this.#seenAtMs >= this.#forgetAfterMs ? 0n : this.#highest;
  }

  /** Takes note of an answer's term; false when the answer is not to be believed. `floor` is of when it was asked. */
  accept(term: bigint, floor: bigint, nowMs: number): boolean {
    if (term < floor) return false;
    if (term >= this.#highest || this.floor(nowMs) === 0n) {
      this.#highest = term;
      this.#seenAtMs = nowMs;
    }
    return true;
  }
}
