/** Streams that a client may break off at once, and per second after that: people leave pages, attackers leave thousands. */
const BURST = 100;
const PER_SECOND = 20;

/** One session's allowance of streams that its client resets (rapid reset, CVE-2023-44487). */
export class ResetBudget {
  readonly #now: () => number;
  #left = BURST;
  #refilledAtMs: number;

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now;
    this.#refilledAtMs = now();
  }

  /** Counts one reset; false when it is one too many. */
  trySpend(): boolean {
    const now = this.#now();
    this.#left = Math.min(BURST, this.#left + ((now - this.#refilledAtMs) / 1000) * PER_SECOND);
    this.#refilledAtMs = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
