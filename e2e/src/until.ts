import { setTimeout as delay } from "node:timers/promises";

/** Asks again every few milliseconds until the answer is not undefined or false; throws after the deadline. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  options: { readonly deadlineMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const { deadlineMs = 30_000, everyMs = 10 } = options;
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`${what} did not happen within ${deadlineMs} ms`);
    await delay(everyMs);
  }
}
