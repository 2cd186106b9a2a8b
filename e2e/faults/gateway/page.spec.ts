import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { pageOf } from "./page.ts";
import { currentPage, PAGE_FILE } from "./record.ts";

const row = {
  what: "slow loris: failed requests",
  unit: "",
  ours: 1,
  goal: "≤ 0 ",
  met: false,
  machine: "2 × a processor",
  date: "2026-11-27T12:00:00.000Z",
};

it("the page of faults is the one of the results that are kept", async () => {
  expect(await readFile(PAGE_FILE, "utf8")).toBe(await currentPage());
});

it("a goal that was not met is shown as such, with its day and its machine", () => {
  const page = pageOf([{ title: "Attacks", rows: [row] }]);
  expect(page).toContain("2026-11-27; 2 × a processor.");
  expect(page).toMatch(/\| slow loris: failed requests +\| 1 +\| ≤ 0 +\| \*\*no\*\* \|/);
});

it("a run that was never made has no table", () => {
  expect(pageOf([{ title: "Soak", rows: [] }])).not.toContain("Soak");
});
