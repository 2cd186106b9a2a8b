import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { Outliers } from "./outliers.ts";

const all = ["a", "b", "c", "d"].map((instance) => ({ instance }));

describe("Outliers", () => {
  let now = 0;
  let outliers: Outliers;
  const names = (random = 0.99) =>
    outliers
      .among(all, () => random)
      .map(({ instance }) => instance)
      .join("");
  const fail = (instance: string, times = 5) => {
    for (let i = 0; i < times; i++) outliers.failed(instance);
  };
  beforeEach(() => {
    now = 1_000;
    outliers = new Outliers(() => now);
  });

  it("puts an instance out after five failures in a row, not after five in all", () => {
    fail("a", 4);
    outliers.succeeded("a");
    fail("a", 4);
    expect(names()).toBe("abcd");
    fail("a", 1);
    expect([names(), outliers.size]).toEqual(["bcd", 1]);
  });

  it("has it tried by one request after its time, and brings it back bit by bit", () => {
    fail("a");
    now += 1_999;
    expect(names()).toBe("bcd");
    now += 1;
    expect(names()).toBe("abcd");
    outliers.begin("a");
    expect(names()).toBe("bcd");
    outliers.succeeded("a");
    expect([names(0.5), names(0.05)]).toEqual(["bcd", "abcd"]);
    now += 5_000;
    expect([names(0.5), names(0.6)]).toEqual(["abcd", "bcd"]);
    now += 5_000;
    expect(names(0.99)).toBe("abcd");
  });

  it("keeps it out twice as long each time, up to a minute, and forgives after a good one", () => {
    const outFor = () => {
      const beganMs = now;
      while (names() === "bcd") now += 100;
      return now - beganMs;
    };
    fail("a");
    const times = Array.from({ length: 7 }, () => {
      const time = outFor();
      outliers.begin("a");
      outliers.failed("a");
      return time;
    });
    expect(times).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    outFor();
    outliers.begin("a");
    outliers.succeeded("a");
    now += 60_001;
    outliers.succeeded("a");
    expect(outliers.size).toBe(0);
  });

  it("does not count against it what was under way when it was put out", () => {
    fail("a", 25);
    now += 2_000;
    expect(names()).toBe("abcd");
  });

  it("lets another request try when the trial does not end", () => {
    fail("a");
    now += 2_000;
    outliers.begin("a");
    expect(names()).toBe("bcd");
    now += 1_000;
    expect(names()).toBe("abcd");
  });

  it("never takes more than half away, whatever happens", () => {
    const step = fc.record({
      instance: fc.constantFrom("a", "b", "c", "d"),
      what: fc.constantFrom("failed", "failed", "failed", "succeeded", "begin", "forget"),
      passMs: fc.nat(3_000),
    });
    const size = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), size, (steps, count) => {
        let at = 0;
        const tried = new Outliers(() => at);
        const some = all.slice(0, count);
        for (const { instance, what, passMs } of steps) {
          at += passMs;
          tried[what as "failed"](instance);
          const left = tried.among(some, () => 0.99).length;
          expect(left).toBeGreaterThanOrEqual(Math.ceil(count / 2));
        }
      }),
    );
  });

  it("forgets what the table says something new about, and what it has no longer", () => {
    fail("a");
    fail("b");
    outliers.forget("a");
    outliers.retain(new Set(["c"]));
    expect([names(), outliers.size]).toEqual(["abcd", 0]);
  });
});
