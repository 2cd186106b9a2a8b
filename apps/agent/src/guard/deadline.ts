import type { Clock } from "@bastide/ha";

/**
 * Calls once a time has come, by a clock that goes in steps: a timer fires while it still reads less, and whoever was
 * woken then would find nothing to do.
 */
export class Deadline {
  readonly #clock: Pick<Clock, "bootTimeMs">;
  readonly #onReached: () => void;
  #atMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Pick<Clock, "bootTimeMs">, onReached: () => void) {
    this.#clock = clock;
    this.#onReached = onReached;
  }

  /** Instead of what was set before; infinity for none. */
  set(atMs: number): void {
    if (atMs === this.#atMs) return;
    this.#atMs = atMs;
    clearTimeout(this.#timer);
    if (Number.isFinite(atMs)) this.#wait();
  }

  #wait(): void {
    const inMs = Math.max(0, this.#atMs - this.#clock.bootTimeMs());
    this.#timer = setTimeout(() => this.#look(), inMs);
  }

  #look(): void {
    if (this.#clock.bootTimeMs() < this.#atMs) return this.#wait();
    this.#atMs = Number.POSITIVE_INFINITY;
    this.#onReached();
  }
}
