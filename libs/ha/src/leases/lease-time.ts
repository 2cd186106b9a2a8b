/**
 * The boot time clocks of two machines run at rates that differ from true time by at most this share. Quartz keeps
 * within 100 parts in a million; a virtual machine that is being moved does worse.
 */
export const DRIFT_BOUND = 0.01;

/**
 * The moment, by the holder's own clock, from which it may no more act on a lease. It counts from before it asked,
 * since the store counts from when it was asked; and ends early by what both clocks may differ: true time is at least
 * ttl / (1 + bound) at the store, and at most own time / (1 - bound) here.
 */
export const leaseEndMs = (askedAtMs: number, ttlMs: number): number =>
  askedAtMs + (ttlMs * (1 - DRIFT_BOUND)) / (1 + DRIFT_BOUND);

/** How long one must wait by one's own clock for another's to have run `durationMs`. */
export const waitForOtherMs = (durationMs: number): number =>
  (durationMs * (1 + DRIFT_BOUND)) / (1 - DRIFT_BOUND);
