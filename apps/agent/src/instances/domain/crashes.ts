/** A run that was ready for this long was stable: what crashed before it no longer counts. */
export const STABLE_MS = 60_000;
/** This many crashes within the window are a storm: starting again would only burn the machine. */
export const STORM = { crashes: 10, windowMs: 120_000 };
const DELAY_MS = { second: 250, most: 30_000 };

/** How an instance ended without being asked to, so far. */
export interface Crashes {
  /** Since it was first started. */
  readonly total: number;
  /** In a row, without a stable run between them. */
  readonly inARow: number;
  /** Times of those within the storm's window. */
  readonly recentMs: readonly number[];
}

export const NO_CRASHES: Crashes = { total: 0, inARow: 0, recentMs: [] };

/** `readyMs`: for how long the run that crashed had been ready. */
export function afterCrash(before: Crashes, nowMs: number, readyMs: number): Crashes {
  const recent = before.recentMs.filter((at) => nowMs - at < STORM.windowMs);
  return {
    total: before.total + 1,
    inARow: readyMs >= STABLE_MS ? 1 : before.inARow + 1,
    recentMs: [...recent, nowMs].slice(-STORM.crashes),
  };
}

/**
 * How long to wait before the next start: not at all after the first crash, then growing to 30 s.
 * `jitter` (0 to 1) takes up to a quarter off, so that instances which fell together do not start together.
 */
export function restartDelayMs({ inARow }: Crashes, jitter: number): number {
  if (inARow <= 1) return 0;
  const doubled = DELAY_MS.second * 2 ** Math.min(inARow - 2, 20);
  return Math.round(Math.min(doubled, DELAY_MS.most) * (1 - jitter / 4));
}

export function isStorm({ recentMs }: Crashes, nowMs: number): boolean {
  const within = recentMs.filter((at) => nowMs - at < STORM.windowMs);
  return within.length >= STORM.crashes;
}

export const STORM_MESSAGE = `It crashed ${STORM.crashes} times within ${STORM.windowMs / 60_000} minutes and is not started again. Read its last log lines, mend the app and deploy again.`;
