import { describe, expect, test } from "vitest";
import { isWithinLimit, stillCounting } from "./storm-limit.ts";

const limit = { count: 2, withinMs: 1_000 };

describe("a storm limit", () => {
  test("allows so many in any such time, and one more once the first has left it", () => {
    expect(isWithinLimit(limit, [], 5_000)).toBe(true);
    expect(isWithinLimit(limit, [4_500], 5_000)).toBe(true);
    expect(isWithinLimit(limit, [4_001, 4_500], 5_000)).toBe(false);
    expect(isWithinLimit(limit, [4_000, 4_500], 5_000)).toBe(true);
  });

  test("of none allows none", () => {
    expect(isWithinLimit({ count: 0, withinMs: 1_000 }, [], 5_000)).toBe(false);
  });

  test("forgets what counts no more", () => {
    expect(stillCounting(limit, [1, 3_999, 4_000, 4_001, 5_000], 5_000)).toEqual([4_001, 5_000]);
  });
});
