import { Clock } from "../ports/clock.ts";

/** A clock that can wake who waits for it: nothing that decides does, but a store in memory has to notice the end of a lease. */
export abstract class WakingClock extends Clock {
  /** Resolves once `durationMs` have passed by the boot time clock, and rejects with the signal's reason if it aborts. */
  abstract sleep(durationMs: number, signal: AbortSignal): Promise<void>;
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A clock that moves when a test says so. */
export class ManualClock extends WakingClock {
  readonly #sleepers = new Set<Sleeper>();
  #bootMs: number;
  #wallMs: number;

  constructor(bootMs = 1_000, wallMs = 1_700_000_000_000) {
    super();
    this.#bootMs = bootMs;
    this.#wallMs = wallMs;
  }

  override bootTimeMs(): number {
    return this.#bootMs;
  }

  override wallTimeMs(): number {
    return this.#wallMs;
  }

  override sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    signal.throwIfAborted();
    const sleeper: Sleeper = { atMs: this.#bootMs + durationMs, wake: resolve };
    const abort = (): void => {
      this.#sleepers.delete(sleeper);
      reject(new Error("the sleep was aborted", { cause: signal.reason }));
    };
    signal.addEventListener("abort", abort, { once: true });
    this.#sleepers.add(sleeper);
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }

  /** Lets time pass and wakes whoever slept until then. */
  advance(durationMs: number): void {
    this.#bootMs += durationMs;
    this.#wallMs += durationMs;
    for (const sleeper of this.#sleepers)
      if (sleeper.atMs <= this.#bootMs) {
        this.#sleepers.delete(sleeper);
        sleeper.wake();
      }
  }

  /** The wall clock is set; no time passes. */
  setWallTime(wallMs: number): void {
    this.#wallMs = wallMs;
  }
}
