import { describe, expect, it } from "vitest";
import { type MeasuredRun, runsIn, textOf, withRun } from "./measured-runs.ts";

const FIVE = "Each fault 5 time(s): the worst of them. 2026-11-27; 2 × one processor, Linux 6.";
const ONE = "Each fault 1 time(s): the worst of them. 2026-11-28; 4 × another, Linux 7.";

const row = (what: string, measured = "0") => [what, measured, "≤ 0", "yes"];
const run = (how: string, ...rows: readonly (readonly string[])[]): MeasuredRun => ({ how, rows });
const whole = run(FIVE, row("killed: failed"), row("killed: took"), row("cut: failed"));

describe("a run that measured some faults", () => {
  it("leaves the others under what was true when they were measured", () => {
    const partial = run(ONE, row("killed: failed", "1"));
    expect(withRun([whole], partial)).toEqual([run(FIVE, row("cut: failed")), partial]);
  });

  it("replaces all rows of a fault, also those that it has no longer", () => {
    const [after] = withRun([whole], run(FIVE, row("killed: failed", "1")));
    expect(after?.rows.map(([what]) => what)).toEqual(["cut: failed", "killed: failed"]);
  });

  it("joins the table of one that was made in the same way, on the same day and machine", () => {
    const joined = withRun([whole], run(FIVE, row("drained: failed")));
    expect(joined).toEqual([run(FIVE, ...whole.rows, row("drained: failed"))]);
  });
});

it("has one table after a run that measured everything", () => {
  const scattered = [run(FIVE, row("cut: failed")), run(ONE, row("killed: failed"))];
  expect(withRun(scattered, whole)).toEqual([whole]);
});

it("does not take a fault for another whose name begins like its own", () => {
  const short = run(ONE, row("kill: failed"));
  expect(withRun([whole], short)).toEqual([whole, short]);
});

it("reads what it wrote", () => {
  const runs = [whole, run(ONE, row("bite: both ran, and it was seen", "40 ms"))];
  expect(runsIn(`## faults ha\n\n${textOf(runs)}\n`)).toEqual(runs);
});

it("reads a table whose columns are not aligned", () => {
  const text = `${FIVE}\n\n| what | measured | goal | met |\n| --- | --- | --- | --- |\n| cut: failed | 0  | ≤ 0  | yes |\n`;
  expect(runsIn(text)).toEqual([run(FIVE, row("cut: failed"))]);
});
