import type { RouteLimits } from "@bastide/contracts";

export type RateLimit = Omit<NonNullable<RouteLimits["rate"]>, "by">;

/** What a request was told of its bucket. Times in whole seconds, rounded up. */
export interface RateVerdict {
  readonly isAllowed: boolean;
  /** Requests that may follow at once. */
  readonly remaining: number;
  /** Until the next request may come; 0 when it may come now. */
  readonly retrySeconds: number;
  /** Until the bucket is full again. */
  readonly resetSeconds: number;
}

/** How many buckets there may be in all, whatever routes and clients there are: some 10 MB. */
export class BucketTotal {
  readonly most: number;
  count = 0;

  constructor(most = 100_000) {
    this.most = most;
  }
}

/**
 * Token buckets of one route by key. Of each bucket only the moment is kept at which it will be full again (the "virtual scheduling"
 * form of the generic cell rate algorithm, ITU-T I.371), so a changed limit applies to what was used before it too.
 * Bounded: beyond its own or the total number of buckets, the route's least recently used one begins afresh.
 */
export class RateBuckets {
  readonly #fullAtMs = new Map<string, number>();
  readonly #total: BucketTotal;
  readonly #most: number;

  constructor(total: BucketTotal, most = 10_000) {
    this.#total = total;
    this.#most = most;
  }

  get size(): number {
    return this.#fullAtMs.size;
  }

  /** Takes one token, if there is one. */
  take(key: string, limit: RateLimit, nowMs: number): RateVerdict {
    const perTokenMs = (limit.perSeconds * 1000) / limit.requests;
    const burst = limit.burst ?? limit.requests;
    const fullAtMs = Math.max(this.#fullAtMs.get(key) ?? 0, nowMs);
    // A bucket was never emptier than nought, even if it was larger when it was used.
    const owedMs = Math.min(fullAtMs - nowMs, burst * perTokenMs);
    const missingMs = owedMs + perTokenMs - burst * perTokenMs;
    const isAllowed = missingMs <= ROUNDING_MS;
    const nextMs = isAllowed ? owedMs + perTokenMs : owedMs;
    this.#keep(key, nowMs + nextMs, nowMs);
    return {
      isAllowed,
      remaining: Math.max(0, Math.floor(burst - nextMs / perTokenMs + ROUNDING_MS)),
      retrySeconds: isAllowed ? 0 : Math.max(1, Math.ceil(missingMs / 1000)),
      resetSeconds: Math.ceil(nextMs / 1000),
    };
  }

  /** What `take` would say to wait, taking nothing. */
  retrySeconds(key: string, limit: RateLimit, nowMs: number): number {
    const perTokenMs = (limit.perSeconds * 1000) / limit.requests;
    const mostMs = (limit.burst ?? limit.requests) * perTokenMs;
    const owedMs = Math.min(Math.max(0, (this.#fullAtMs.get(key) ?? 0) - nowMs), mostMs);
    const missingMs = owedMs + perTokenMs - mostMs;
    return missingMs <= ROUNDING_MS ? 0 : Math.max(1, Math.ceil(missingMs / 1000));
  }

  /** The route is gone. */
  clear(): void {
    this.#total.count -= this.#fullAtMs.size;
    this.#fullAtMs.clear();
  }

  #keep(key: string, fullAtMs: number, nowMs: number): void {
    if (!this.#fullAtMs.delete(key)) this.#total.count += 1;
    this.#fullAtMs.set(key, fullAtMs);
    for (const [oldest, atMs] of this.#fullAtMs) {
      // A full bucket says nothing that a new one would not.
      if (atMs > nowMs && !this.#isTooMany()) return;
      this.#fullAtMs.delete(oldest);
      this.#total.count -= 1;
    }
  }

  #isTooMany(): boolean {
    const { size } = this.#fullAtMs;
    return size > this.#most || (size > 1 && this.#total.count > this.#total.most);
  }
}

/** Sums of fractions of a millisecond are not exact. */
const ROUNDING_MS = 1e-6;
