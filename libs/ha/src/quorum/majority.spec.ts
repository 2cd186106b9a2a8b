import fc from "fast-check";
import { expect, test } from "vitest";
import { isMajority } from "./majority.ts";

const voters = ["a", "b", "c", "d", "e"];

test("counts each voter once, and nobody who has no vote", () => {
  expect(isMajority(["a", "a", "a"], voters)).toBe(false);
  expect(isMajority(["a", "x", "y"], voters)).toBe(false);
  expect(isMajority(["a", "c", "e"], voters)).toBe(true);
  expect(isMajority([], [])).toBe(false);
});

test("gives any two majorities a voter that they share", () => {
  const votes = fc.subarray(voters);
  fc.assert(
    fc.property(votes, votes, (one, other) => {
      fc.pre(isMajority(one, voters) && isMajority(other, voters));
      expect(one.some((voter) => other.includes(voter))).toBe(true);
    }),
  );
});
