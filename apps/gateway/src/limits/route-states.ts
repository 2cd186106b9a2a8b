import { RetryBudget } from "../retry/budget.ts";
import { BucketTotal, RateBuckets } from "./rate.ts";
import { Slots } from "./slots.ts";

/** What is counted for one route: it outlives changes of its settings and of its upstreams. */
export interface RouteState {
  readonly rate: RateBuckets;
  readonly slots: Slots;
  readonly retries: RetryBudget;
}

/** The states of the routes that need one, made when first asked for. */
export class RouteStates {
  readonly #states = new Map<string, RouteState>();
  readonly #buckets = new BucketTotal();

  get size(): number {
    return this.#states.size;
  }

  of(key: string): RouteState {
    const known = this.#states.get(key);
    if (known) return known;
    const rate = new RateBuckets(this.#buckets);
    const fresh = { rate, slots: new Slots(), retries: new RetryBudget() };
    this.#states.set(key, fresh);
    return fresh;
  }

  /** Routes that left the table. */
  forget(keys: readonly string[]): void {
    for (const key of keys) {
      this.#states.get(key)?.rate.clear();
      this.#states.delete(key);
    }
  }
}
