import { expect, it } from "vitest";
import { definePolicy } from "../core.ts";

it.each([
  ["{1}.union({true}).contains(true)", true],
  ["{1}.union({true}).contains({true})", true],
  ["{1}.union({true}).intersection({true, false}) == {true}", true],
  ["{1}.union({true}).intersection({2}.union({true})) == {true}", true],
  ['{"d5"}.union({1970-01-01T00:00:05Z}).intersection({"d5"}).length() == 1', true],
  ['{1970-01-01T00:00:05Z}.union({1}).contains({"d5"})', false],
  ['{1}.union({"x"}).contains({"1"})', false],
])("sets that a union made of several types have all their elements: %s is %s", (source, holds) => {
  expect(definePolicy(`allow if ${source}`).authorize(undefined).allowed).toBe(holds);
});
