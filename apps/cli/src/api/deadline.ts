/** Longest time for a call that answers at once. */
const CALL_MS = 30_000;

/** Ctrl-C, or a deadline. */
export const within = (signal: AbortSignal, ms: number = CALL_MS): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(ms)]);
