const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
/** What ran this long was well: its next end counts as the first. */
const WELL_AFTER_MS = 60_000;

/** When to start again what has ended: at once, then after 0.25 s, 0.5 s, … 15 s while it keeps ending early. */
export function restartDelayMs(history: {
  readonly quickFailures: number;
  readonly uptimeMs: number;
}): { readonly delayMs: number; readonly quickFailures: number } {
  if (history.uptimeMs >= WELL_AFTER_MS || history.quickFailures === 0)
    return { delayMs: 0, quickFailures: 1 };
  const pause = FIRST_PAUSE_MS * 2 ** (history.quickFailures - 1);
  return { delayMs: Math.min(pause, LONGEST_PAUSE_MS), quickFailures: history.quickFailures + 1 };
}
