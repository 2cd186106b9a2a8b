import { expect, it } from "vitest";
import { restartDelayMs } from "./restart-delay.ts";

it("fills the place of a worker that died at once", () => {
  expect(restartDelayMs([60_000])).toBe(0);
  expect(restartDelayMs([10])).toBe(0);
});

it("waits longer and longer while workers die of their start, and at most two seconds", () => {
  expect(restartDelayMs([10, 10])).toBe(50);
  expect(restartDelayMs([10, 10, 10])).toBe(100);
  expect(restartDelayMs(Array.from({ length: 30 }, () => 10))).toBe(2_000);
});

it("forgets early deaths once a worker has lived", () => {
  expect(restartDelayMs([10, 10, 10, 6_000, 10])).toBe(0);
});
