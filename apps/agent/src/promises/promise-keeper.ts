import { setTimeout as delay } from "node:timers/promises";
import type { PromiseSpec } from "@bastide/contracts";
import type { Verdict } from "../instances/domain/plan.ts";
import {
  afterProbe,
  isKept,
  nextProbeMs,
  type PromiseState,
  unasked,
  verdictOf,
} from "./domain/promise-state.ts";
import type { Prober, ProbeTarget } from "./prober.ts";

/** A process that promises nothing is taken for ready when it has lived this long. */
const SURVIVAL_MS = 500;
const WHY_AFTER_MS = 1_000;
const LISTENING: PromiseSpec = { kind: "tcp", timeoutSeconds: 1, everySeconds: 5 };

export interface KeeperOptions {
  readonly promises: readonly PromiseSpec[];
  readonly target: ProbeTarget;
  readonly startedAtMs: number;
  /** It was ready before this agent came. */
  readonly wasReady: boolean;
  readonly prober: Prober;
  readonly onChange: () => void;
}

export interface ReportedPromise {
  readonly name: string;
  readonly kept: boolean;
  readonly message: string;
}

/** Asks the promises of one run again and again until it is stopped, and says what they come to. */
export class PromiseKeeper {
  readonly #options: KeeperOptions;
  readonly #specs: readonly PromiseSpec[];
  readonly #states: PromiseState[];
  readonly #stopped = new AbortController();
  #survived: boolean;

  constructor(options: KeeperOptions) {
    this.#options = options;
    const { promises, target, wasReady } = options;
    this.#specs = promises.length === 0 && target.port !== undefined ? [LISTENING] : promises;
    this.#states = this.#specs.map((spec) => unasked(spec, wasReady));
    this.#survived = wasReady || this.#specs.length > 0;
  }

  start(): void {
    if (!this.#survived) void this.#survive();
    this.#specs.forEach((spec, index) => void this.#keepAsking(spec, index));
  }

  stop(): void {
    this.#stopped.abort();
  }

  get verdict(): Verdict {
    return this.#survived ? verdictOf(this.#states) : "pending";
  }

  get report(): ReportedPromise[] {
    return this.#states.map((state) => ({
      name: state.name,
      kept: isKept(state),
      message: state.message,
    }));
  }

  async #survive(): Promise<void> {
    const left = Math.max(0, this.#options.startedAtMs + SURVIVAL_MS - Date.now());
    if (!(await this.#pause(left))) return;
    this.#survived = true;
    this.#options.onChange();
  }

  async #keepAsking(spec: PromiseSpec, index: number): Promise<void> {
    const { prober, target, startedAtMs } = this.#options;
    while (!this.#stopped.signal.aborted) {
      const { signal: stopped } = this.#stopped;
      // An app that only starts is asked again at once, and nobody reads yet why it does not answer.
      const why = Date.now() - startedAtMs > WHY_AFTER_MS;
      const result = await prober.ask(spec, target, { stopped, why });
      if (stopped.aborted) return;
      const before = this.#states[index] ?? unasked(spec, false);
      const after = afterProbe(before, result);
      this.#states[index] = after;
      if (isNews(before, after)) this.#options.onChange();
      if (!(await this.#pause(nextProbeMs(spec, after, Date.now() - startedAtMs)))) return;
    }
  }

  /** False when stopped meanwhile. */
  #pause(ms: number): Promise<boolean> {
    return delay(ms, true, { signal: this.#stopped.signal }).catch(() => false);
  }
}

const isNews = (before: PromiseState, after: PromiseState): boolean =>
  before.wasKept !== after.wasKept ||
  before.message !== after.message ||
  (after.wasKept && before.brokenInARow !== after.brokenInARow);
