import { expect, it } from "vitest";
import { clockProblem, MOST_SKEW_MS } from "./clock-skew.ts";

it("a clock that is an hour off is said to be, with the direction, the limit and the fix", () => {
  expect(clockProblem(3_600_000)).toMatch(/3600 s ahead of .* at most 30 s .* systemd-timesyncd/);
  expect(clockProblem(-3_600_000)).toMatch(/3600 s behind/);
});

it("one that is good enough is no problem, nor is one that nobody knows", () => {
  expect(clockProblem(MOST_SKEW_MS)).toBeUndefined();
  expect(clockProblem(-MOST_SKEW_MS)).toBeUndefined();
  expect(clockProblem(undefined)).toBeUndefined();
});
