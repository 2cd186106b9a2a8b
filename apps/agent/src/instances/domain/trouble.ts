const DELAY_MS = { first: 250, most: 5000 };

/** How long to wait before a step that failed `times` times is tried again: what was in its way may be gone soon. */
export function troubleDelayMs(times: number): number {
  return Math.min(DELAY_MS.first * 2 ** Math.min(times - 1, 20), DELAY_MS.most);
}
