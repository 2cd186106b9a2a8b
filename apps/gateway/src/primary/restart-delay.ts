/** A worker that lived this long did not die of its start. */
const HEALTHY_MS = 5_000;
const DELAY_MS = { first: 50, most: 2_000 };

/** How long to wait before the place of a worker that died is filled: not at all, unless workers die one after the other. */
export function restartDelayMs(livedMs: readonly number[]): number {
  const lived = livedMs.findLastIndex((ms) => ms >= HEALTHY_MS);
  const deaths = livedMs.length - 1 - lived;
  return deaths <= 1 ? 0 : Math.min(DELAY_MS.most, DELAY_MS.first * 2 ** (deaths - 2));
}
