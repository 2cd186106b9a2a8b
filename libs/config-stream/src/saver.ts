import type { LastKnownGood, SavedState } from "./last-known-good.ts";

/**
 * Rest between two writes: a large state, or a slow disk, rests longer, so that saving takes a twentieth of the time at
 * most. Each write makes copies of the whole state, and what they leave to the collector stops whoever has the stream.
 */
const PAUSE = { leastMs: 50, mostMs: 2_000, perMsOfWriting: 19 };

/** Saves the newest state shortly after it was scheduled; under a storm of changes, one write at a time and no more. */
export class Saver<Value> {
  readonly #lastKnownGood: Pick<LastKnownGood, "save">;
  readonly #onError: (reason: string) => void;
  #due: (SavedState & { readonly entries: ReadonlyMap<string, Value> }) | undefined;
  #pauseMs = PAUSE.leastMs;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(lastKnownGood: Pick<LastKnownGood, "save">, onError: (reason: string) => void) {
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
    const startedAtMs = performance.now();
    await this.#lastKnownGood
      .save(state)
      .catch((cause: unknown) =>
        this.#onError(cause instanceof Error ? cause.message : String(cause)),
      );
    const restMs = (performance.now() - startedAtMs) * PAUSE.perMsOfWriting;
    this.#pauseMs = Math.min(PAUSE.mostMs, Math.max(PAUSE.leastMs, restMs));
  }
}
