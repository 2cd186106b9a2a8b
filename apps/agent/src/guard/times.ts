/** How often a guard looks at everything; what happens in between wakes it at once. */
export const TICK_MS = 150;

/** All times of a guard follow from how long a lease lasts. */
export const timesOf = (ttlMs: number) => ({
  renewEveryMs: ttlMs / 5,
  retryEveryMs: ttlMs / 8,
  suspectAfterMs: ttlMs * 0.45,
  deadAfterMs: ttlMs * 1.25,
  turnMs: ttlMs / 2,
});
