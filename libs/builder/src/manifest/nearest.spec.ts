import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearest } from "./nearest.ts";

describe("the distance of two words", () => {
  it.each([
    ["", "", 0],
    ["a", "", 1],
    ["comand", "command", 1],
    ["evn", "env", 1],
    ["kitten", "sitting", 3],
    ["ab", "ba", 1],
  ])("from %j to %j is %i", (left, right, distance) => {
    expect(editDistance(left, right)).toBe(distance);
  });

  it("is the same both ways, nought for the same word alone, and never above the longer one", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (left, right) => {
        const distance = editDistance(left, right);
        expect(editDistance(right, left)).toBe(distance);
        expect(distance === 0).toBe(left === right);
        expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length));
      }),
    );
  });
});

it("finds what was meant, whatever the capitals, and nothing where nothing is near", () => {
  const known = ["app", "build", "processes", "env"];
  expect(nearest("Process", known)).toBe("processes");
  expect(nearest("ENV", known)).toBe("env");
  expect(nearest("enviroment", known)).toBeUndefined();
  expect(nearest("x".repeat(10_000), known)).toBeUndefined();
});
