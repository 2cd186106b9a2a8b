import { Agent, request as httpRequest } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

export interface LoadOptions {
  readonly port: number;
  /** Value of the Host header. */
  readonly host: string;
  readonly path?: string;
  readonly method?: string;
  readonly requestsPerSecond: number;
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
  /** The answer had begun when it broke off. */
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
  readonly #options: Required<LoadOptions>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #stopped = new AbortController();
  readonly #pending = new Set<Promise<void>>();
  readonly samples: Sample[] = [];
  #loop: Promise<void> | undefined;

  constructor(options: LoadOptions) {
    this.#options = { path: "/", method: "GET", timeoutMs: 10_000, ...options };
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
    this.#agent.destroy();
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

  #send(keepAlive: boolean): Promise<void> {
    const { port, host, path, method, timeoutMs } = this.#options;
    const startedAtMs = performance.now();
    return new Promise((resolve) => {
      let status = 0;
      let body = "";
      const done = (error?: string) => {
        const latencyMs = performance.now() - startedAtMs;
        const begun = status !== 0;
        this.samples.push({
          startedAtMs,
          latencyMs,
          status,
          body,
          begun,
          keepAlive,
          ...(error === undefined ? {} : { error }),
        });
        resolve();
      };
      const request = httpRequest({
        host: "127.0.0.1",
        port,
        path,
        method,
        headers: { host },
        agent: keepAlive ? this.#agent : false,
        signal: AbortSignal.timeout(timeoutMs),
      });
      request.once("error", (error) => done(error.message));
      request.once("response", (response) => {
        status = response.statusCode ?? 0;
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (body += chunk));
        response.once("end", () => done());
        response.once("error", (error) => done(error.message));
      });
      request.end();
    });
  }
}
