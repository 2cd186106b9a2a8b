/** Failures in a row that put an instance out. */
const FAILURES = 5;
/** How long it stays out: the first time, and at most; each time twice as long as before. */
const OUT_MS = { first: 2_000, most: 60_000 };
/** After its time, one request may try it; if that is not over soon, another one may. */
const TRIAL_MS = 1_000;
/** After a trial that went well its share grows from a tenth to the whole. */
const RAMP = { from: 0.1, forMs: 10_000 };

interface Standing {
  /** In a row. */
  readonly failures: number;
  /** Times that it was put out. */
  readonly times: number;
  /** Out until then; afterwards a trial may begin. */
  readonly untilMs: number;
  /** A trial has begun. */
  readonly isTrying: boolean;
  /** Set when a trial went well. */
  readonly backSinceMs?: number;
}

const GOOD: Standing = { failures: 0, times: 0, untilMs: -Infinity, isTrying: false };

/**
 * Instances that take connections but fail: answers that never come or break off, and 502, 503 and 504. They are put
 * out for a time that grows, then tried by one request, then given more and more. What is slow is not a failure, and
 * never more than half of a route's upstreams are out at once.
 */
export class Outliers {
  readonly #standings = new Map<string, Standing>();
  readonly #now: () => number;

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many instances are out, on trial or coming back. */
  get size(): number {
    return [...this.#standings.values()].filter(({ times }) => times > 0).length;
  }

  /** The upstreams to choose from: at least half of them, however many failed. `random` from 0 up to 1. */
  among<Upstream extends { readonly instance: string }>(
    upstreams: readonly Upstream[],
    random: () => number,
  ): readonly Upstream[] {
    if (this.#standings.size === 0) return upstreams;
    const out = upstreams.filter(({ instance }) => !this.#isIn(instance, random));
    const most = Math.floor(upstreams.length / 2);
    const kept = new Set(
      out.toSorted((a, b) => this.#untilMs(b) - this.#untilMs(a)).slice(0, most),
    );
    return upstreams.filter((upstream) => !kept.has(upstream));
  }

  /** A request goes there; if that is a trial, others keep away for a while. */
  begin(instance: string): void {
    const standing = this.#standings.get(instance);
    if (standing && isOut(standing) && this.#now() >= standing.untilMs) {
      const untilMs = this.#now() + TRIAL_MS;
      this.#standings.set(instance, { ...standing, untilMs, isTrying: true });
    }
  }

  /** Requests that were under way when an instance was put out say nothing new of it; only its trial does. */
  failed(instance: string): void {
    const before = this.#standings.get(instance) ?? GOOD;
    if (isOut(before) && !before.isTrying) return;
    const failures = before.failures + 1;
    const isTooMuch = before.isTrying || failures >= FAILURES;
    this.#standings.set(instance, isTooMuch ? this.#putOut(before) : { ...before, failures });
  }

  succeeded(instance: string): void {
    const before = this.#standings.get(instance);
    if (!before || (isOut(before) && !before.isTrying)) return;
    const backSinceMs = before.backSinceMs ?? this.#now();
    const isForgiven = before.times === 0 || this.#now() - backSinceMs > OUT_MS.most;
    if (isForgiven) this.#standings.delete(instance);
    else this.#standings.set(instance, { ...before, failures: 0, isTrying: false, backSinceMs });
  }

  /** Forgets what was met there: the table says something new about it. */
  forget(instance: string): void {
    this.#standings.delete(instance);
  }

  /** Forgets every instance that is not among `known`. */
  retain(known: Pick<ReadonlySet<string>, "has">): void {
    for (const instance of this.#standings.keys())
      if (!known.has(instance)) this.#standings.delete(instance);
  }

  #isIn(instance: string, random: () => number): boolean {
    const { times, untilMs, backSinceMs } = this.#standings.get(instance) ?? GOOD;
    if (times === 0) return true;
    if (backSinceMs === undefined) return this.#now() >= untilMs;
    const share = RAMP.from + ((this.#now() - backSinceMs) / RAMP.forMs) * (1 - RAMP.from);
    return share >= 1 || random() < share;
  }

  #untilMs({ instance }: { readonly instance: string }): number {
    return this.#standings.get(instance)?.untilMs ?? -Infinity;
  }

  #putOut({ times }: Standing): Standing {
    const outMs = Math.min(OUT_MS.first * 2 ** times, OUT_MS.most);
    return { failures: 0, times: times + 1, untilMs: this.#now() + outMs, isTrying: false };
  }
}

const isOut = ({ times, backSinceMs }: Standing): boolean => times > 0 && backSinceMs === undefined;
