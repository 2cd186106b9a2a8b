import { expect, it } from "vitest";
import { restartDelayMs } from "./restart-delay.ts";

function delays(uptimesMs: readonly number[]): number[] {
  let quickFailures = 0;
  return uptimesMs.map((uptimeMs) => {
    const plan = restartDelayMs({ quickFailures, uptimeMs });
    quickFailures = plan.quickFailures;
    return plan.delayMs;
  });
}

it("starts again at once the first time, then with growing pauses up to 15 s", () => {
  expect(delays(Array.from({ length: 10 }, () => 100))).toEqual([
    0, 250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000,
  ]);
});

it("forgets earlier failures of what ran well for a minute", () => {
  expect(delays([100, 100, 60_000, 100])).toEqual([0, 250, 0, 250]);
});
