/** Upper bounds of a latency histogram's buckets, in milliseconds; one more bucket holds what is above. */
export const BUCKETS_MS: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
];

/** Answers by status class: 1xx, 2xx … 5xx. */
export const CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** What one route answered, as sums that can be added up over workers. */
export interface RouteCounts {
  /** In the order of CLASSES. */
  readonly classes: number[];
  /** Requests by how long they took, each in one bucket only. */
  readonly buckets: number[];
  sumMs: number;
}

export const noCounts = (): RouteCounts => ({
  classes: CLASSES.map(() => 0),
  buckets: [...BUCKETS_MS, Infinity].map(() => 0),
  sumMs: 0,
});

export function countAnswer(counts: RouteCounts, status: number, ms: number): void {
  const at = Math.floor(status / 100) - 1;
  if (at in counts.classes) counts.classes[at] = (counts.classes[at] ?? 0) + 1;
  const bucket = bucketOf(ms);
  counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1;
  counts.sumMs += ms;
}

export function addCounts(to: RouteCounts, more: RouteCounts): void {
  more.classes.forEach((count, i) => (to.classes[i] = (to.classes[i] ?? 0) + count));
  more.buckets.forEach((count, i) => (to.buckets[i] = (to.buckets[i] ?? 0) + count));
  to.sumMs += more.sumMs;
}

export const requestsOf = ({ buckets }: RouteCounts): number =>
  buckets.reduce((sum, count) => sum + count, 0);

function bucketOf(ms: number): number {
  const at = BUCKETS_MS.findIndex((bound) => ms <= bound);
  return at < 0 ? BUCKETS_MS.length : at;
}
