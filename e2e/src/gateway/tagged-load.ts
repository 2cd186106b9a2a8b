import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { ask } from "./ask.ts";

export interface TaggedLoadOptions {
  readonly port: number;
  readonly host: string;
  readonly requestsPerSecond: number;
  /** Newest generation that is acknowledged, and newest that was begun; the backend of generation g is `backendOf(g)`. */
  readonly acknowledged: () => number;
  readonly begun: () => number;
  readonly backendOf: (generation: number) => number;
}

export interface TaggedResult {
  readonly requests: number;
  /** Requests without an answer, or with a status other than 200. */
  readonly failures: readonly string[];
  /** Answers of a backend that was the right one neither before nor after the request, nor in between. */
  readonly stale: readonly string[];
}

/**
 * An open-loop client: requests start on time whatever became of earlier ones, every second one on a connection of its
 * own. Each knows the generation in force before it was sent and the one begun before it was answered.
 */
export class TaggedLoad {
  readonly #options: TaggedLoadOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });
  readonly #pending = new Set<Promise<void>>();
  readonly #failures: string[] = [];
  readonly #stale: string[] = [];
  readonly #stopped = new AbortController();
  readonly #loop: Promise<void>;
  #requests = 0;

  constructor(options: TaggedLoadOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  async stop(): Promise<TaggedResult> {
    this.#stopped.abort();
    await this.#loop;
    await Promise.all(this.#pending);
    this.#agent.destroy();
    return { requests: this.#requests, failures: this.#failures, stale: this.#stale };
  }

  async #run(): Promise<void> {
    const begin = performance.now();
    for (let n = 0; !this.#stopped.signal.aborted; n++) {
      const waitMs = begin + (n * 1000) / this.#options.requestsPerSecond - performance.now();
      if (waitMs > 0)
        await delay(waitMs, undefined, { signal: this.#stopped.signal }).catch(() => {});
      const sent = this.#send(n % 2 === 0).finally(() => this.#pending.delete(sent));
      this.#pending.add(sent);
    }
  }

  async #send(keepsAlive: boolean): Promise<void> {
    const { port, host, acknowledged, begun, backendOf } = this.#options;
    const before = acknowledged();
    this.#requests += 1;
    try {
      const { status, body } = await ask({
        port,
        host,
        ...(keepsAlive ? { agent: this.#agent } : {}),
      });
      if (status !== 200) this.#failures.push(`${status} ${body.slice(0, 100)}`);
      else if (!this.#isRight(Number(body), before, begun(), backendOf))
        this.#stale.push(`backend ${body}, generations ${before} to ${begun()}`);
    } catch (cause) {
      this.#failures.push(String(cause));
    }
  }

  #isRight(backend: number, from: number, to: number, backendOf: (one: number) => number): boolean {
    for (let generation = from; generation <= to; generation++)
      if (backendOf(generation) === backend) return true;
    return false;
  }
}
