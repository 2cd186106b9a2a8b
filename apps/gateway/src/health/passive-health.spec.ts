import { beforeEach, describe, expect, it } from "vitest";
import { PassiveHealth } from "./passive-health.ts";

describe("PassiveHealth", () => {
  let nowMs = 0;
  let health: PassiveHealth;
  beforeEach(() => {
    nowMs = 1_000;
    health = new PassiveHealth(() => nowMs);
  });

  it("lets requests go to what it knows nothing of", () => {
    expect(health.mayTry("a")).toBe(true);
    expect(health.nextTrialAtMs(["a"])).toBeUndefined();
  });

  it("puts a failed address aside, longer each time, up to a limit", () => {
    const waits = Array.from({ length: 7 }, () => {
      health.failed("a");
      const waitMs = health.nextTrialAtMs(["a"])! - nowMs;
      expect(health.mayTry("a")).toBe(false);
      nowMs += waitMs;
      expect(health.mayTry("a")).toBe(true);
      return waitMs;
    });
    expect(waits).toEqual([20, 40, 80, 160, 250, 250, 250]);
  });

  it("lets one request at a time try an address that was put aside", () => {
    health.failed("a");
    nowMs += 20;
    health.begin("a");
    expect(health.mayTry("a")).toBe(false);
    nowMs += 20;
    expect(health.mayTry("a")).toBe(true);
  });

  it("forgets a failure once the address answers, and says so", () => {
    health.failed("a");
    expect(health.succeeded("a")).toBe(true);
    expect(health.succeeded("a")).toBe(false);
    expect(health.mayTry("a")).toBe(true);
  });

  it("keeps only addresses of the table", () => {
    health.failed("a");
    health.failed("b");
    health.retain(new Set(["b"]));
    expect(health.mayTry("a")).toBe(true);
    expect(health.mayTry("b")).toBe(false);
    expect(health.size).toBe(1);
  });
});
