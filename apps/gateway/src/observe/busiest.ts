/** Name of the series that holds every route without one of its own. */
export const OTHER = "other";

/** Time after which a past request counts for half. */
const HALF_LIFE_MS = 10 * 60_000;
/** A newcomer must be this much busier than the least busy one with a name, so that two do not take turns. */
const LEAD = 1.25;

/**
 * Which routes have a name of their own in the metrics: the busiest ones of late, `limit` at most. A counter may only
 * rise, so what a route answered without a name stays with the others, and a name that was lost begins again at nought.
 */
export class Busiest {
  readonly #limit: number;
  readonly #scores = new Map<string, number>();
  #named = new Set<string>();
  #decayedAtMs: number;

  constructor(limit: number, nowMs: number) {
    this.#limit = limit;
    this.#decayedAtMs = nowMs;
  }

  get named(): ReadonlySet<string> {
    return this.#named;
  }

  /** Tells what routes answered since the last time; routes that are `gone` lose their names. */
  update(
    requests: Iterable<readonly [route: string, count: number]>,
    isGone: (route: string) => boolean,
    nowMs: number,
  ): void {
    const decay = 0.5 ** ((nowMs - this.#decayedAtMs) / HALF_LIFE_MS);
    this.#decayedAtMs = nowMs;
    for (const [route, score] of this.#scores)
      if (isGone(route) || score * decay < 0.01) this.#scores.delete(route);
      else this.#scores.set(route, score * decay);
    for (const [route, count] of requests)
      if (!isGone(route)) this.#scores.set(route, (this.#scores.get(route) ?? 0) + count);
    this.#named = this.#choose();
  }

  #choose(): Set<string> {
    const lead = (route: string): number => (this.#named.has(route) ? LEAD : 1);
    const ranked = Array.from(this.#scores, ([route, score]) => ({
      route,
      score: score * lead(route),
    })).toSorted((a, b) => b.score - a.score || (a.route < b.route ? -1 : 1));
    return new Set(ranked.slice(0, this.#limit).map(({ route }) => route));
  }
}
