const MOST_WAITING = 50_000;

/**
 * Events on their way from a source that pushes to one reader that pulls. A reader that falls too far behind is cut
 * off, since nothing here may fill the memory; it can ask again for what it missed.
 */
export class EventQueue<Item> {
  #waiting: Item[] = [];
  #isClosed = false;
  #wake: (() => void) | undefined;

  push(item: Item): void {
    if (this.#isClosed) return;
    if (this.#waiting.length >= MOST_WAITING) return this.close();
    this.#waiting.push(item);
    this.#wake?.();
  }

  /** What waits is still read, then the reader ends. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  /** Ends when closed and empty, or when `signal` is aborted. One reader at a time. */
  async *read(signal: AbortSignal): AsyncGenerator<Item> {
    while (!signal.aborted) {
      const items = this.#waiting;
      this.#waiting = [];
      yield* items;
      if (this.#waiting.length > 0) continue;
      if (this.#isClosed) return;
      await this.#woken(signal);
    }
  }

  async #woken(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const end = () => resolve();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) resolve();
    await promise;
    signal.removeEventListener("abort", end);
    this.#wake = undefined;
  }
}
