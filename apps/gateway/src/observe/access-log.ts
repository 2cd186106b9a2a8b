import type { Served } from "../dispatcher.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { clientAddress } from "../exchange/upstream-headers.ts";
import type { Log } from "./log.ts";

/** Lines a second that the access log writes on average, and at most at once after a quiet time. */
const RATE = { perSecond: 20, burst: 100 };
const MAX_PATH = 200;

/**
 * One line per request as long as requests are few; beyond that the first ones of each moment, and how many were left
 * out. Paths without their queries.
 */
export class AccessLog {
  readonly #log: Log;
  readonly #now: () => number;
  #allowance = RATE.burst;
  #refilledAtMs: number;
  #omitted = 0;

  /** `now` in milliseconds, never going back. */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
    this.#refilledAtMs = now();
  }

  served(exchange: Exchange, served: Served, status: number): void {
    if (!this.#isAllowed()) {
      this.#omitted += 1;
      return;
    }
    const { request, host, path, startedAtMs } = exchange;
    this.#log("info", "request", {
      client: clientAddress(request.socket.remoteAddress),
      method: request.method,
      host,
      path: path.slice(0, MAX_PATH),
      status,
      end: served.end,
      ms: Math.round(this.#now() - startedAtMs),
      attempts: served.attempts,
      instance: served.instance,
      refusal: served.refusal?.kind,
      ...(this.#omitted > 0 ? { omittedBefore: this.#omitted } : {}),
    });
    this.#omitted = 0;
  }

  #isAllowed(): boolean {
    const now = this.#now();
    const earned = ((now - this.#refilledAtMs) / 1000) * RATE.perSecond;
    this.#allowance = Math.min(RATE.burst, this.#allowance + earned);
    this.#refilledAtMs = now;
    if (this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }
}
