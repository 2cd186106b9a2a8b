import { expect, it } from "vitest";
import { isSameSet, mayChangeSet } from "./candidate-set.ts";

it("knows a set again in whatever order it is written", () => {
  expect(isSameSet(["a", "b", "c"], ["c", "a", "b"])).toBe(true);
  expect(isSameSet(["a", "b", "c"], ["a", "b"])).toBe(false);
  expect(isSameSet(["a", "b", "c"], ["a", "b", "d"])).toBe(false);
});

it("lets candidates change once each has stopped at the version of the stop or a later one", () => {
  const stopped = (version: number) => ({ version, isStopped: true });
  expect(mayChangeSet([stopped(7), stopped(8)], 7)).toBe(true);
  expect(mayChangeSet([stopped(7), stopped(6)], 7)).toBe(false);
  expect(mayChangeSet([stopped(7), { version: 8, isStopped: false }], 7)).toBe(false);
  expect(mayChangeSet([stopped(7), undefined], 7)).toBe(false);
});
