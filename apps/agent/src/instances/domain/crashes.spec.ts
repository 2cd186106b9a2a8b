import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterCrash,
  type Crashes,
  isStorm,
  NO_CRASHES,
  restartDelayMs,
  STABLE_MS,
  STORM,
} from "./crashes.ts";

const crashed = (times: number, everyMs: number): Crashes =>
  Array.from({ length: times }, (_, index) => index * everyMs).reduce(
    (crashes, atMs) => afterCrash(crashes, atMs, 0),
    NO_CRASHES,
  );

describe("crashes", () => {
  it("start again at once the first time, then later and later, up to 30 s", () => {
    const delays = Array.from({ length: 12 }, (_, times) =>
      restartDelayMs(crashed(times + 1, 1), 0),
    );
    expect(delays.slice(0, 4)).toEqual([0, 250, 500, 1000]);
    expect(delays.at(-1)).toBe(30_000);
  });

  it("never wait over 30 s nor, with jitter, under three quarters of it", () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.double({ min: 0, max: 1, noNaN: true }), (inARow, jitter) => {
        const crashes = { ...NO_CRASHES, inARow };
        const [least, delay] = [restartDelayMs(crashes, 0) * 0.75, restartDelayMs(crashes, jitter)];
        expect(delay).toBeLessThanOrEqual(30_000);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(least));
      }),
    );
  });

  it("count anew after a stable run, but are never forgotten in total", () => {
    const crashes = afterCrash(crashed(5, 1000), 500_000, STABLE_MS);
    expect(crashes).toMatchObject({ total: 6, inARow: 1 });
  });

  it("are a storm when there are too many within the window", () => {
    const within = crashed(STORM.crashes, 1000);
    expect(isStorm(within, 10_000)).toBe(true);
    expect(isStorm(within, 10_000 + STORM.windowMs)).toBe(false);
    expect(isStorm(crashed(STORM.crashes - 1, 1000), 10_000)).toBe(false);
    expect(isStorm(crashed(100, STORM.windowMs / 5), 100 * (STORM.windowMs / 5))).toBe(false);
  });

  it("are reached as a storm by an app that fails at once, though the delays grow", () => {
    let [crashes, nowMs] = [NO_CRASHES, 0];
    while (!isStorm(crashes, nowMs)) {
      crashes = afterCrash(crashes, nowMs, 0);
      nowMs += restartDelayMs(crashes, 0) + 200;
    }
    expect(crashes.total).toBe(STORM.crashes);
  });

  it("keep a bounded memory", () => {
    expect(crashed(1000, 1).recentMs.length).toBeLessThanOrEqual(STORM.crashes);
  });
});
