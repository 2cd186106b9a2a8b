import { describe, expect, it } from "vitest";
import { growthOf } from "./trend.ts";

describe("the growth of a soak", () => {
  it("is from the second quarter to the last", () => {
    expect(growthOf([0, 0, 10, 12, 50, 50, 20, 22])).toBe(10);
  });

  it("takes no notice of a beginning that fills caches, nor of a single sample", () => {
    expect(growthOf([1, 5, 100, 100, 100, 100, 100, 100, 100, 100, 900, 100])).toBe(0);
  });

  it("sees what leaks a little in every round", () => {
    expect(growthOf(Array.from({ length: 13 }, (_, i) => i))).toBeGreaterThan(5);
  });

  it("is below nought where something was given back", () => {
    expect(growthOf([9, 9, 1, 1])).toBe(-8);
  });

  it("is not to be had of fewer samples than quarters", () => {
    expect(() => growthOf([1, 2, 3])).toThrow("3 samples have no quarters; let it run longer");
  });
});
