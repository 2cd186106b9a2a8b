import { expect, it } from "vitest";
import { atLeastSo, counted, type Finding, findingRows, never, took, within } from "./finding.ts";

const shown = (...findings: readonly Finding[]) =>
  findingRows("host", findings).map(({ what, ours, unit, goal, met }) => [
    what,
    `${ours} ${unit}`.trim(),
    goal.trim(),
    met,
  ]);

it("adds up what may not happen, and misses its goal for one of it in one round", () => {
  expect(shown(never("failed", 0), never("failed", 0))).toEqual([
    ["host: failed", "0", "≤ 0", true],
  ]);
  expect(shown(never("failed", 0), never("failed", 1), never("failed", 2))).toEqual([
    ["host: failed", "3", "≤ 0", false],
  ]);
});

it("takes the longest of times, and the least of what has to be there", () => {
  const [quick, slow] = [within("followed", 900, 1_000), within("followed", 1_100, 1_000)];
  const [all, few] = [atLeastSo("apps", 20, 20), atLeastSo("apps", 19, 20)];
  expect(shown(slow, all, quick, few)).toEqual([
    ["host: followed", "1.1 s", "≤ 1 s", false],
    ["host: apps", "19", "≥ 20", false],
  ]);
  expect(shown(quick, all).map(([, , , met]) => met)).toEqual([true, true]);
});

it("misses the goal of a time that was never measured", () => {
  const [row] = findingRows("host", [within("followed", Number.POSITIVE_INFINITY, 1_000)]);
  expect(row?.met).toBe(false);
});

it("tells without a goal what has none", () => {
  expect(shown(counted("broke", 2), took("drained", 4_000), counted("broke", 1))).toEqual([
    ["host: broke", "3", "", true],
    ["host: drained", "4 s", "", true],
  ]);
});
