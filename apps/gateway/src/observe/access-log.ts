import type { Served } from "../dispatcher.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { clientAddress } from "../exchange/upstream-headers.ts";
import type { Log } from "./log.ts";
import { isSampled } from "./trace-context.ts";

/** How many times its rate a log may write at once after a quiet time. */
const BURST = 5;
/** Errors have an allowance of their own, this much larger: the flood of what goes well must not hide them. */
const ERRORS = 5;
const MAX_PATH = 200;

/** Whom a line goes to, and what is left out of it. */
export interface AccessLogParts {
  readonly log: Log;
  /** Milliseconds, never going back. */
  readonly now: () => number;
  /** Lines a second, on average. */
  readonly linesPerSecond: number;
  readonly onOmitted: () => void;
}

/**
 * Requests as lines of JSON: errors always, others when their trace is sampled, and never more lines a second than
 * allowed; the next line says how many were left out. Paths without their queries, no header's value.
 */
export class AccessLog {
  readonly #parts: AccessLogParts;
  readonly #others: Allowance;
  readonly #errors: Allowance;
  #omitted = 0;

  constructor(parts: AccessLogParts) {
    const { linesPerSecond, now } = parts;
    this.#parts = parts;
    this.#others = new Allowance(linesPerSecond, now());
    this.#errors = new Allowance(linesPerSecond * ERRORS, now());
  }

  served(exchange: Exchange, served: Served, status: number): void {
    const now = this.#parts.now();
    const isError = status >= 500 || served.end === "cut";
    if (!isError && !isSampled(exchange.trace)) return;
    if (!(isError ? this.#errors : this.#others).tryTake(now)) {
      this.#omitted += 1;
      this.#parts.onOmitted();
      return;
    }
    const { request, host, path, startedAtMs, trace } = exchange;
    this.#parts.log("info", "request", {
      client: clientAddress(request.socket.remoteAddress),
      method: request.method,
      host,
      path: path.slice(0, MAX_PATH),
      status,
      end: served.end,
      cutBy: served.cutBy,
      ms: Math.round(now - startedAtMs),
      attempts: served.attempts,
      instance: served.instance,
      refusal: served.refusal?.kind,
      trace: trace.traceId,
      span: trace.spanId,
      ...(this.#omitted > 0 ? { omittedBefore: this.#omitted } : {}),
    });
    this.#omitted = 0;
  }
}

/** A token bucket. */
class Allowance {
  readonly #perSecond: number;
  #left: number;
  #refilledAtMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond * BURST;
    this.#refilledAtMs = nowMs;
  }

  tryTake(nowMs: number): boolean {
    const earned = ((nowMs - this.#refilledAtMs) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond * BURST, this.#left + earned);
    this.#refilledAtMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
