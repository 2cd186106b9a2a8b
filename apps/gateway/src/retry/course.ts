import type { AttemptFailure } from "../engine/proxy-engine.ts";
import { refusal, type Refusal } from "../refusals/refusal.ts";

/** What a course may do, asked at the moment of each failure. */
export interface RetryRules {
  /** How often a request may be sent where it may have arrived. */
  readonly attempts: number;
  /** Whether the route's retries leave room for one more; counts it. */
  readonly tryRetry: () => boolean;
}

/** Unless the route says otherwise: a request that brings its app down must not bring all down. */
export const DEFAULT_RETRIES: RetryRules = { attempts: 3, tryRetry: () => true };

/**
 * What happened to one request so far, and whether it may go on. Nothing was given to the client yet.
 * A request that reached no upstream may always try another; one that may have arrived only if it is repeatable.
 */
export class Course {
  readonly #isRepeatable: boolean;
  readonly #host: string;
  readonly #tried = new Set<string>();
  #sent = 0;
  #attempts = 0;
  #waitUntilMs: number | undefined;

  constructor(host: string, isRepeatable: boolean) {
    this.#host = host;
    this.#isRepeatable = isRepeatable;
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** Whether the instance failed this request since it last waited. */
  hasTried(instance: string): boolean {
    return this.#tried.has(instance);
  }

  begin(): void {
    this.#attempts += 1;
  }

  /** Takes note of a failure; gives the answer when the request may not go on. */
  failed(
    instance: string,
    failure: AttemptFailure,
    { attempts, tryRetry }: RetryRules = DEFAULT_RETRIES,
  ): Refusal | undefined {
    this.#tried.add(instance);
    const final = this.#finalOf(failure);
    if (final) return final;
    if (!failure.isSent) return undefined;
    this.#sent += 1;
    return this.#isRepeatable && this.#sent < attempts && tryRetry()
      ? undefined
      : refusal("bad-gateway", `the app at ${this.#host} closed the connection before it answered`);
  }

  /** What no other try would better. */
  #finalOf({ reason }: AttemptFailure): Refusal | undefined {
    if (reason === "too-large")
      return refusal("body-too-large", "the request's body is longer than this route takes");
    if (reason === "timeout")
      return refusal("gateway-timeout", `the app at ${this.#host} did not begin to answer in time`);
    if (reason === "invalid")
      return refusal(
        "bad-gateway",
        `the app at ${this.#host} answered with something that is not HTTP`,
      );
    return undefined;
  }

  /** Begins, or goes on with, one wait for an upstream; every upstream may be tried again after it. */
  waitUntil(nowMs: number, budgetMs: number): number {
    this.#tried.clear();
    this.#waitUntilMs ??= nowMs + budgetMs;
    return this.#waitUntilMs;
  }
}
