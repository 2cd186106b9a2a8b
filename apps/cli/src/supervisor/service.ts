import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../command-line/failure.ts";
import type { ProcessIdentity } from "../machine/process-identity.ts";
import type { Launched } from "./launch.ts";
import { tellingLines } from "./log-lines.ts";
import { restartDelayMs } from "./restart-delay.ts";

/** What the supervisor needs to know of one of its programs. */
export interface ServiceSpec {
  readonly name: string;
  readonly logFile: string;
  /** Waits until it may be started again; rejects when it is to be stopped meanwhile. */
  readonly mayStart?: (stopping: AbortSignal) => Promise<void>;
  /** Starts it, or adopts what runs already. */
  start(): Promise<Launched>;
  stop(process: ProcessIdentity): Promise<void>;
}

const SHOWN_LINES = 5;

/** Keeps one program running: it is started again when it ends, at once the first time, then with growing pauses. */
export class Service {
  readonly spec: ServiceSpec;
  readonly #say: (text: string) => void;
  readonly #changed: () => void;
  readonly #stopping = new AbortController();
  #current: Launched | undefined;
  #watching: Promise<void> = Promise.resolve();
  #since: Date | undefined;
  #restarts = 0;
  /** Why the last start did not come to anything. */
  #failure = "it did not start";

  constructor(spec: ServiceSpec, say: (text: string) => void, changed: () => void) {
    this.spec = spec;
    this.#say = say;
    this.#changed = changed;
  }

  get status(): { name: string; pid?: number; since?: string; restarts: number } {
    return {
      name: this.spec.name,
      restarts: this.#restarts,
      ...(this.#current === undefined ? {} : { pid: this.#current.process.pid }),
      ...(this.#since === undefined ? {} : { since: this.#since.toISOString() }),
    };
  }

  get isRunning(): boolean {
    return this.#current !== undefined;
  }

  /** The first start: a failure is the caller's. */
  async start(): Promise<void> {
    await this.#begin();
    this.#watching = this.#watch();
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#current !== undefined) await this.spec.stop(this.#current.process);
    await this.#watching;
  }

  async #begin(): Promise<void> {
    this.#current = await this.spec.start();
    this.#since = new Date();
    this.#changed();
  }

  async #watch(): Promise<void> {
    let quickFailures = 0;
    while (!this.#stopping.signal.aborted) {
      const began = Date.now();
      const reason = (await this.#current?.exited) ?? this.#failure;
      this.#current = undefined;
      if (this.#stopping.signal.aborted) return;
      const plan = restartDelayMs({ quickFailures, uptimeMs: Date.now() - began });
      quickFailures = plan.quickFailures;
      this.#tell(reason, plan.delayMs);
      await this.#again(plan.delayMs);
    }
  }

  #tell(reason: string, delayMs: number): void {
    const when = delayMs === 0 ? "now" : `in ${(delayMs / 1000).toFixed(1)} s`;
    const lines = tellingLines(this.spec.logFile, SHOWN_LINES).map(
      (line) => `
    ${line}`,
    );
    this.#say(`${this.spec.name} ended (${reason}); starting it again ${when}.${lines.join("")}`);
    this.#changed();
  }

  async #again(delayMs: number): Promise<void> {
    try {
      if (delayMs > 0) await delay(delayMs, undefined, { signal: this.#stopping.signal });
      await this.spec.mayStart?.(this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      this.#restarts++;
      await this.#begin();
      if (this.#stopping.signal.aborted && this.#current !== undefined)
        await this.spec.stop(this.#current.process);
    } catch (error) {
      this.#failure = messageOf(error);
    }
  }
}
