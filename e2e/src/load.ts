import { type Carrier, carrierFor, type SecureOptions } from "./load-carrier.ts";
import { setTimeout as delay } from "node:timers/promises";

export interface LoadOptions {
  /** Where the gateway is; default: the loopback address. */
  readonly address?: string;
  readonly port: number;
  /** Value of the Host header. */
  readonly host: string;
  readonly path?: string;
  readonly method?: string;
  /** Besides Host. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly requestsPerSecond: number;
  /** Absent: plain HTTP. */
  readonly secure?: SecureOptions;
  /** Longest time a request may take before it counts as failed. */
  readonly timeoutMs?: number;
}

/** One request, as the client saw it. */
export interface Sample {
  readonly startedAtMs: number;
  readonly latencyMs: number;
  /** HTTP status, or 0 when there was none. */
  readonly status: number;
  readonly body: string;
  readonly error?: string;
  /** An answer that was none of a failure's had begun when it broke off: nobody can give another one then. */
  readonly begun: boolean;
  readonly keepAlive: boolean;
}

export const failed = (sample: Sample): boolean =>
  sample.error !== undefined || sample.status < 200 || sample.status >= 400;

/**
 * An open-loop load: requests start on time whether or not earlier ones were answered, every second one over a
 * kept-alive connection, the others each over a new one.
 */
export class Load {
  readonly #options: LoadOptions & { readonly timeoutMs: number };
  readonly #carrier: Carrier;
  readonly #stopped = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  readonly samples: Sample[] = [];
  #loop: Promise<void> | undefined;

  constructor(options: LoadOptions) {
    this.#options = { timeoutMs: 10_000, ...options };
    this.#carrier = carrierFor({ path: "/", method: "GET", headers: {}, ...options });
  }

  start(): this {
    this.#loop = this.#run();
    return this;
  }

  /** Stops starting requests, waits for those under way, and gives everything that was measured. */
  async stop(): Promise<readonly Sample[]> {
    this.#stopped.abort();
    await this.#loop;
    await Promise.all(this.#pending);
    this.#carrier.close();
    return this.samples;
  }

  async #run(): Promise<void> {
    const everyMs = 1000 / this.#options.requestsPerSecond;
    const begin = performance.now();
    for (let n = 0; !this.#stopped.signal.aborted; n++) {
      const waitMs = begin + n * everyMs - performance.now();
      if (waitMs > 0)
        await delay(waitMs, undefined, { signal: this.#stopped.signal }).catch(() => {});
      const sent = this.#send(n % 2 === 0).finally(() => this.#pending.delete(sent));
      this.#pending.add(sent);
    }
  }

  async #send(keepAlive: boolean): Promise<void> {
    const startedAtMs = performance.now();
    let status = 0;
    const done = (body: string, error?: string): void => {
      const latencyMs = performance.now() - startedAtMs;
      const begun = error !== undefined && status >= 200 && status < 400;
      const sample = { startedAtMs, latencyMs, status, body, begun, keepAlive };
      this.samples.push(error === undefined ? sample : { ...sample, error });
    };
    const signal = AbortSignal.timeout(this.#options.timeoutMs);
    try {
      done(await this.#carrier.ask(keepAlive, signal, (heard) => (status = heard)));
    } catch (cause) {
      done("", cause instanceof Error ? cause.message : String(cause));
    }
  }
}
