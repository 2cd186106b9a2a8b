/** The longest step that counts: whoever measures did not run for the rest of it. */
const MOST_MS = 500;

/**
 * Time as it passed for a process that really ran: looked at often, it moves with the given clock, but a pause (a
 * starved or suspended process) counts for little. Silence that is measured by it is the others' and not ours.
 */
export class AwakeClock {
  #awakeMs = 0;
  #lastMs: number | undefined;

  get nowMs(): number {
    return this.#awakeMs;
  }

  /** To be called every quarter of a second, with a monotonic time. */
  tick(monotonicMs: number): number {
    const passedMs = monotonicMs - (this.#lastMs ?? monotonicMs);
    this.#lastMs = monotonicMs;
    this.#awakeMs += Math.min(Math.max(0, passedMs), MOST_MS);
    return this.#awakeMs;
  }
}
