import { expect, test } from "vitest";
import { type Noticed, shortcomings, type Sum } from "./verdict.ts";

const good: Sum = {
  seeds: 2_000,
  failed: 0,
  steps: 20_000_000,
  faults: 60_000,
  fewestNodes: 5,
  fewestSteps: 2_000,
  fewestFaults: 20,
  cpuSeconds: 179.9,
};
const noticed: Noticed = { seeds: 3, violation: "both act" };

test("all promises are kept, or it is said which were not", () => {
  expect(shortcomings(good, { "skip a check": noticed })).toEqual([]);
  const bad: Sum = { ...good, failed: 1, fewestNodes: 4, fewestSteps: 1_999, fewestFaults: 19 };
  expect(shortcomings(bad, { "skip a check": undefined })).toEqual([
    "1 seeds failed",
    "a run had 4 nodes, and 5 are promised",
    "a run had 1999 steps, and 2000 are promised",
    "a run had 19 faults, and 20 are promised",
    "not noticed: skip a check",
  ]);
});

test("two thousand seeds have three minutes of CPU; fewer have no promise", () => {
  const slow: Sum = { ...good, cpuSeconds: 180 };
  expect(shortcomings(slow, {})).toEqual([
    "short of time: 180.0 s of CPU for 2000 seeds, and 180 s are promised",
  ]);
  expect(shortcomings({ ...slow, seeds: 1_999 }, {})).toEqual([]);
});
