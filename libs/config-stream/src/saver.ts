import type { LastKnownGood, SavedState } from "./last-known-good.ts";

const PAUSE_MS = { least: 50, most: 5_000 };
/** A pause lasts at least this many times as long as the write before it took: a large state is saved less often. */
const REST = 10;

/**
 * Saves the newest state shortly after it was scheduled. Under a storm of changes, one write at a time, and a tenth of
 * the time at most is spent on it.
 */
export class Saver<Value> {
  readonly #lastKnownGood: LastKnownGood;
  readonly #onError: (reason: string) => void;
  #due: (SavedState & { readonly entries: ReadonlyMap<string, Value> }) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #pauseMs = PAUSE_MS.least;

  constructor(lastKnownGood: LastKnownGood, onError: (reason: string) => void) {
    this.#lastKnownGood = lastKnownGood;
    this.#onError = onError;
  }

  schedule(state: SavedState & { readonly entries: ReadonlyMap<string, Value> }): void {
    this.#due = state;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, this.#pauseMs);
  }

  /** Resolves when everything scheduled so far is on disk, or could not be saved and the error was told. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = this.#running.then(() => this.#save());
    return this.#running;
  }

  async #save(): Promise<void> {
    const state = this.#due;
    this.#due = undefined;
    if (!state) return;
    const beganAtMs = performance.now();
    await this.#lastKnownGood
      .save(state)
      .catch((cause: unknown) =>
        this.#onError(cause instanceof Error ? cause.message : String(cause)),
      );
    const tookMs = performance.now() - beganAtMs;
    this.#pauseMs = Math.min(Math.max(tookMs * REST, PAUSE_MS.least), PAUSE_MS.most);
  }
}
