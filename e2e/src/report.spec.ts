import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { atMost, medianOf, report, type SavedRow } from "./report.ts";

it("saves each row with its runs, the machine and the day", async () => {
  const directory = await mkdtemp(join(tmpdir(), "report-"));
  const file = join(directory, "rows.json");
  const peer = { value: 2, name: "Piku 1.0" };
  const row = medianOf(9, atMost("rollback", "s", 0.25, 0.5, peer));
  expect(await report("a report", [row], file)).toBe(true);
  const saved = JSON.parse(await readFile(file, "utf8")) as readonly SavedRow[];
  await rm(directory, { recursive: true });
  expect(saved).toEqual([
    {
      what: "rollback",
      unit: "s",
      ours: 0.25,
      goal: "≤ 0.5 s",
      met: true,
      peer: 2,
      peerName: "Piku 1.0",
      ratio: 0.125,
      runs: 9,
      machine: expect.stringMatching(/^\d+ × .+, \d+ GB, Linux \S+, Node \d+\.\d+\.\d+$/),
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    },
  ]);
});
