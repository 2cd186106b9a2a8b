import { readFile, writeFile } from "node:fs/promises";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { INSTALLATION, type Row } from "../../src/index.ts";
import { type MeasuredRun, runsIn, textOf, withRun } from "./measured-runs.ts";

const FILE = join(INSTALLATION, "docs/reliability.md");

/** What was measured together. */
export interface Part {
  readonly title: string;
  /** How: of several cases the worst, or one long run. */
  readonly how: string;
  readonly rows: readonly Row[];
}

/** Puts what was measured into docs/reliability.md; what this run did not measure stays as it was. */
export async function writeReliability(measured: readonly Part[]): Promise<void> {
  const before = await readFile(FILE, "utf8").catch(() => "");
  const parts = new Map(
    Array.from(
      before.matchAll(/<!-- (.+?) -->\n([\s\S]*?)<!-- end -->/g),
      ([, title = "", text = ""]) => [title, runsIn(text)],
    ),
  );
  for (const part of measured)
    parts.set(part.title, withRun(parts.get(part.title) ?? [], runOf(part)));
  const body = Array.from(
    parts,
    ([title, runs]) => `<!-- ${title} -->\n\n## ${title}\n\n${textOf(runs)}\n<!-- end -->\n`,
  );
  await writeFile(FILE, `${HEAD}\n${body.join("\n")}`);
}

const HEAD = `# Reliability

Written by \`npm run faults -- ha --write\`, never by hand. Four nodes on one machine, three of them in network namespaces of their own; leases in three members of etcd; a failover service and a pair of instances under two hundred requests a second together. Where a machine dies, a tenant's app of two instances is asked through the gateways besides, a hundred times a second. Faults that are done several times show the worst of all times; what takes minutes (the control plane dead, a calm run) is done once, and says so. Before each table stands how often its faults were done, when, and on which machine: a fault is in the table of the run that did it last. What each fault is stands in \`e2e/faults/ha/cases.ts\`.
`;

const runOf = ({ how, rows }: Part): MeasuredRun => ({
  how: `${how}. ${new Date().toISOString().slice(0, 10)}; ${cpus().length} × ${cpus()[0]?.model ?? "a processor"}, Linux ${release()}.`,
  rows: rows.map(({ what, unit, ours, goal, met }) => [
    what,
    `${ours} ${unit}`.trim(),
    goal.trim(),
    goal === "" ? "" : met ? "yes" : "**no**",
  ]),
});
