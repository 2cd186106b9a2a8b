import { setTimeout as delay } from "node:timers/promises";
import type { NodeHeartbeat } from "@bastide/contracts";
import type { Journal } from "../journal/journal.ts";

const EVERY_MS = 1_000;
const DEADLINE_MS = 3_000;
/** Beyond it the orchestrator shows the node as one whose clock is wrong. */
const MOST_SKEW_MS = 30_000;

export interface HeartOptions {
  readonly incarnation: number;
  /** Answers what the orchestrator's clock shows, where it says so. */
  readonly send: (heartbeat: NodeHeartbeat, signal: AbortSignal) => Promise<Date | undefined>;
  readonly journal: Journal;
  /** Between two beats; default: a second. */
  readonly everyMs?: number;
}

/** Tells the orchestrator every second that this node lives, and looks at how far apart the two clocks are. */
export class Heart {
  readonly #options: HeartOptions;
  readonly #stopped = new AbortController();
  #isOff = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: HeartOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    const { everyMs = EVERY_MS } = this.#options;
    while (!signal.aborted) {
      await this.#beat(AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]));
      await delay(everyMs, undefined, { signal }).catch(() => {});
    }
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { incarnation, send } = this.#options;
    try {
      const theirs = await send({ incarnation, clock: new Date().toISOString() }, signal);
      if (theirs) this.#compare(theirs.getTime() - Date.now());
    } catch {
      // The stream says that the orchestrator is gone; one beat that was lost says nothing.
    }
  }

  #compare(aheadMs: number): void {
    const isOff = Math.abs(aheadMs) > MOST_SKEW_MS;
    if (isOff === this.#isOff) return;
    this.#isOff = isOff;
    const { journal } = this.#options;
    const seconds = Math.round(aheadMs / 1000);
    if (isOff)
      journal.error(
        "this node's clock and the control plane's are too far apart; run a time service on both",
        { controlPlaneIsAheadSeconds: seconds, mostSeconds: MOST_SKEW_MS / 1000 },
      );
    else journal.info("this node's clock is right again", { controlPlaneIsAheadSeconds: seconds });
  }
}
