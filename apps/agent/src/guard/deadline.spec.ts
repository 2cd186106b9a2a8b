import { expect, it } from "vitest";
import { Deadline } from "./deadline.ts";

/** It lags as /proc/uptime does, only more. */
const coarse = { bootTimeMs: (): number => Math.floor(performance.now() / 50) * 50 };

const reached = (atMs: number): Promise<number> =>
  new Promise((resolve) => new Deadline(coarse, () => resolve(coarse.bootTimeMs())).set(atMs));

it.each([60, 75, 90, 105])(
  "is reached when the clock says so, and not before: in %i ms",
  async (inMs) => {
    const atMs = coarse.bootTimeMs() + inMs;
    expect(await reached(atMs)).toBeGreaterThanOrEqual(atMs);
  },
);

it("counts anew once it was reached, also for the same time", async () => {
  let count = 0;
  await new Promise<void>((resolve) => {
    const deadline = new Deadline(coarse, () => {
      count += 1;
      if (count === 2) resolve();
      else deadline.set(atMs);
    });
    const atMs = coarse.bootTimeMs() + 10;
    deadline.set(atMs);
  });
  expect(count).toBe(2);
});
