/** Streams that a new session's client may break off at once. */
const FIRST = 20;
/** That one may whose streams were answered; people leave pages, attackers leave thousands. */
const MOST = 100;
const PER_SECOND = 20;

/** One session's allowance of streams that its client resets (rapid reset, CVE-2023-44487). */
export class ResetBudget {
  readonly #now: () => number;
  #most = FIRST;
  #left = FIRST;
  #refilledAtMs: number;

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now;
    this.#refilledAtMs = now();
  }

  /** A stream ended that the client did not reset. */
  earn(): void {
    if (this.#most === MOST) return;
    this.#most += 1;
    this.#left += 1;
  }

  /** Counts one reset; false when it is one too many. */
  trySpend(): boolean {
    const now = this.#now();
    this.#left = Math.min(
      this.#most,
      this.#left + ((now - this.#refilledAtMs) / 1000) * PER_SECOND,
    );
    this.#refilledAtMs = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
