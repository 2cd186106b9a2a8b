/**
 * How long ago the control plane was last heard of: revocations that it could not send are not known here. By two
 * clocks, of which the worse counts: one does not run while the machine sleeps, the other can be set.
 */
export class Freshness {
  readonly #now: () => number;
  readonly #timeOfDay: () => number;
  #heard: { readonly atMs: number; readonly timeOfDayMs: number } | undefined;

  /** `now`: milliseconds, never going back; `timeOfDay`: since the epoch. */
  constructor(now: () => number, timeOfDay: () => number) {
    this.#now = now;
    this.#timeOfDay = timeOfDay;
  }

  /** It was heard so long ago; Infinity: never. */
  heard(agoMs: number): void {
    if (agoMs === Infinity) return;
    this.#heard = { atMs: this.#now() - agoMs, timeOfDayMs: this.#timeOfDay() - agoMs };
  }

  /** Infinity when it never was. */
  get silentMs(): number {
    if (!this.#heard) return Infinity;
    const { atMs, timeOfDayMs } = this.#heard;
    return Math.max(this.#now() - atMs, this.#timeOfDay() - timeOfDayMs);
  }
}
