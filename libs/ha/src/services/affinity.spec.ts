import { expect, test } from "vitest";
import { brokenSoftAffinities, keepsHardAffinities } from "./affinity.ts";

const withCache = { kind: "with", service: "cache", isHard: true } as const;
const apartFromDb = { kind: "apart", service: "db", isHard: false } as const;

test("refuses a node that breaks a hard affinity, and none for a soft one", () => {
  expect(keepsHardAffinities([withCache, apartFromDb], new Set(["cache", "db"]))).toBe(true);
  expect(keepsHardAffinities([withCache, apartFromDb], new Set())).toBe(false);
});

test("counts the soft affinities that a node breaks", () => {
  expect(brokenSoftAffinities([withCache, apartFromDb], new Set(["db"]))).toBe(1);
  expect(brokenSoftAffinities([withCache, apartFromDb], new Set())).toBe(0);
});
