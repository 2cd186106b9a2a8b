import fc from "fast-check";
import { expect, it } from "vitest";
import { editDistance, nearest } from "./nearest.ts";

it.each([
  ["deply", "deploy"],
  ["stauts", "status"],
  ["rolback", "rollback"],
  ["dep", "deploy"],
])("takes %s for %s", (given, meant) => {
  expect(nearest(given, ["deploy", "status", "rollback", "up", "down"])).toBe(meant);
});

it("suggests nothing for what resembles nothing", () => {
  expect(nearest("xyzzy", ["deploy", "status", "up"])).toBeUndefined();
});

it("measures a distance that is symmetric, and zero only for the same word", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
    }),
  );
});
