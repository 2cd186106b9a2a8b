import { setTimeout as delay } from "node:timers/promises";
import type { ExitStatus, RunHandle, RuntimeDriver } from "@bastide/runtime";
import type { PromiseKeeper } from "../promises/promise-keeper.ts";

const RETRY_MS = 1000;

export interface RunWatchOptions {
  readonly driver: RuntimeDriver;
  readonly handle: RunHandle;
  readonly keeper: PromiseKeeper;
  /** Called once, when the run ended by itself. */
  readonly onExit: () => void;
  readonly onError: (error: unknown) => void;
}

/** Watches one living run: its end, and its promises. The run does not notice, and outlives the watch. */
export class RunWatch {
  readonly keeper: PromiseKeeper;
  readonly #options: RunWatchOptions;
  readonly #stopped = new AbortController();
  #exit: ExitStatus | undefined;

  constructor(options: RunWatchOptions) {
    this.#options = options;
    this.keeper = options.keeper;
  }

  /** How the run ended; undefined while it lives. */
  get exit(): ExitStatus | undefined {
    return this.#exit;
  }

  start(): void {
    this.keeper.start();
    void this.#untilExit();
  }

  stop(): void {
    this.keeper.stop();
    this.#stopped.abort();
  }

  async #untilExit(): Promise<void> {
    const { driver, handle, onExit, onError } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        this.#exit = await driver.waitForExit(handle, signal);
        this.stop();
        return onExit();
      } catch (error) {
        if (signal.aborted) return;
        onError(error);
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }
}
