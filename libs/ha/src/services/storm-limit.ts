/** At most `count` times in any `withinMs`. */
export interface StormLimit {
  readonly count: number;
  readonly withinMs: number;
}

/** Whether something that was done at these times may be done once more now. */
export const isWithinLimit = (
  { count, withinMs }: StormLimit,
  doneAtMs: readonly number[],
  nowMs: number,
): boolean => doneAtMs.filter((atMs) => nowMs - atMs < withinMs).length < count;

/** The times that still count for the limit. */
export const stillCounting = (
  { withinMs }: StormLimit,
  doneAtMs: readonly number[],
  nowMs: number,
): number[] => doneAtMs.filter((atMs) => nowMs - atMs < withinMs);
