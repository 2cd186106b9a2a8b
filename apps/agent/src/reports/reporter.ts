import { setTimeout as delay } from "node:timers/promises";
import type { NodeReport, ObservedInstance } from "@bastide/contracts";
import type { Journal } from "../journal/journal.ts";
import { reasonOf } from "../journal/reason.ts";

/** Changes that come together go out together. */
const COALESCE_MS = 3;
const HEARTBEAT_MS = 10_000;
/** What changed is measured this long afterwards, so that its use of memory is known long before the next heartbeat. */
const SETTLE_MS = 1000;
const BACKOFF_MS = { first: 50, most: 2000 };

export interface ReporterOptions {
  readonly observe: (id: string) => ObservedInstance | undefined;
  readonly ids: () => readonly string[];
  /** Brings what changes all the time up to date; called before each heartbeat. */
  readonly refresh: () => Promise<void>;
  readonly facts: () => Promise<NodeReport["facts"]>;
  readonly agentUrl: string;
  /** Which start of the agent this is. */
  readonly incarnation: number;
  readonly send: (report: NodeReport, signal: AbortSignal) => Promise<void>;
  readonly journal: Journal;
}

/** An instance that is gone, as the last report of it says. */
const goneOf = (id: string): ObservedInstance => ({
  id,
  phase: "stopped",
  restarts: 0,
  promises: [],
});

/**
 * Tells the orchestrator what this node observes: changes at once, everything a second after them and then every ten
 * seconds, and after each silence.
 * One report at a time; what changes meanwhile is in the next.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #stopped = new AbortController();
  readonly #changed = new Set<string>();
  #isCompleteDue = true;
  #hasSettled = false;
  #sequence = 0;
  #wake: () => void = () => {};
  #loop: Promise<void> = Promise.resolve();

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Something that the report of this instance shows has changed. */
  changed(id: string): void {
    this.#changed.add(id);
    this.#wake();
  }

  /** Everything is to be told anew: the orchestrator may have forgotten. */
  complete(): void {
    this.#isCompleteDue = true;
    this.#wake();
  }

  /** What is due now is tried once more, for at most `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    this.#stopped.abort();
    this.#wake();
    await this.#loop;
    if (this.#isDue) await this.#trySend(AbortSignal.timeout(patienceMs));
  }

  get #isDue(): boolean {
    return this.#isCompleteDue || this.#changed.size > 0;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    let failures = 0;
    while (!signal.aborted) {
      if (!this.#isDue && !(await this.#news())) await this.#heartbeat();
      if (signal.aborted) return;
      const failure = await this.#trySend(signal);
      failures = failure === undefined ? 0 : failures + 1;
      if (failure === undefined) continue;
      if (failures === 1)
        this.#options.journal.warn("reports do not reach the orchestrator", { reason: failure });
      const backoffMs = Math.min(BACKOFF_MS.first * 2 ** (failures - 1), BACKOFF_MS.most);
      await pause(backoffMs * (0.5 + Math.random() / 2), signal);
    }
  }

  /** True when something changed, false when it is time for a heartbeat. */
  async #news(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), this.#hasSettled ? HEARTBEAT_MS : SETTLE_MS);
    this.#wake = () => resolve(true);
    const isNews = await promise;
    this.#wake = () => {};
    clearTimeout(timer);
    if (isNews) await pause(COALESCE_MS, this.#stopped.signal);
    return isNews;
  }

  async #heartbeat(): Promise<void> {
    await this.#options.refresh();
    this.#isCompleteDue = true;
    this.#hasSettled = true;
  }

  /** Why it failed; then everything is told anew next time. */
  async #trySend(signal: AbortSignal): Promise<string | undefined> {
    const complete = this.#isCompleteDue;
    const changed = [...this.#changed];
    if (changed.length > 0) this.#hasSettled = false;
    this.#isCompleteDue = false;
    this.#changed.clear();
    try {
      await this.#options.send(await this.#report(changed, complete), signal);
      return undefined;
    } catch (error) {
      for (const id of changed) this.#changed.add(id);
      this.#isCompleteDue = true;
      return reasonOf(error);
    }
  }

  async #report(changed: readonly string[], complete: boolean): Promise<NodeReport> {
    const { observe, ids, facts, agentUrl, incarnation } = this.#options;
    this.#sequence += 1;
    const told = new Set(complete ? [...ids(), ...changed] : changed);
    return {
      incarnation,
      sequence: this.#sequence,
      clock: new Date().toISOString(),
      facts: await facts(),
      agentUrl,
      instances: Array.from(told, (id) => observe(id) ?? goneOf(id)),
      complete,
    };
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => {});
