import { mkdir, writeFile } from "node:fs/promises";
import { cpus, release, totalmem, type } from "node:os";
import { dirname } from "node:path";

/** One line of a proof: what was measured, the figure, the peer's, and the goal. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer?: number;
  readonly peerName?: string;
  /** Ours to peer's; under 1 is better where less is better. */
  readonly ratio?: number;
  /** In words: `≤ 0.45 s`. */
  readonly goal: string;
  readonly met: boolean;
  /** Why nothing was measured. */
  readonly notShown?: string;
  /** Of how many runs the figure is the median; absent where it is of one. */
  readonly runs?: number;
}

/** A row as it is saved: a figure without its machine and its day says little. */
export interface SavedRow extends Row {
  readonly machine: string;
  readonly date: string;
}

const round = (value: number): number => Number(value.toPrecision(4));

/** A row whose goal is a greatest value. */
export function atMost(
  what: string,
  unit: string,
  ours: number,
  limit: number,
  peer?: { readonly value: number; readonly name: string },
): Row {
  return {
    what,
    unit,
    ours: round(ours),
    goal: `≤ ${round(limit)} ${unit}`,
    met: ours <= limit,
    ...(peer === undefined
      ? {}
      : { peer: peer.value, peerName: peer.name, ratio: round(ours / peer.value) }),
  };
}

/** A row whose goal is a least value. */
export function atLeast(
  what: string,
  unit: string,
  ours: number,
  limit: number,
  peer?: { readonly value: number; readonly name: string },
): Row {
  return {
    what,
    unit,
    ours: round(ours),
    goal: `≥ ${round(limit)} ${unit}`,
    met: ours >= limit,
    ...(peer === undefined
      ? {}
      : { peer: peer.value, peerName: peer.name, ratio: round(ours / peer.value) }),
  };
}

/** The same row, of so many runs. */
export const medianOf = (runs: number, row: Row): Row => ({ ...row, runs });

/** A row that is only there to compare others with. */
export function figure(what: string, unit: string, ours: number): Row {
  return { what, unit, ours: round(ours), goal: "", met: true };
}

/**
 * A row for what this machine cannot show, and why. A run on a developer's machine goes on and says so in its sum; where
 * CI is set the goal counts as missed, since nobody reads what a green run left out.
 */
export function notShown(what: string, why: string): Row {
  return { what, unit: "", ours: 0, goal: "", met: !process.env["CI"], notShown: why };
}

/** Prints the rows as a table and the sum in one line; saves them when a file is given. True when every goal is met. */
export async function report(title: string, rows: readonly Row[], file?: string): Promise<boolean> {
  const cells = rows.map((row) => [
    row.notShown !== undefined ? "NOT RUN" : row.met ? "ok" : "SHORT",
    row.what,
    row.notShown ??
      `${row.ours} ${row.unit}${row.runs === undefined ? "" : ` (median of ${row.runs})`}`,
    row.goal,
    row.peer === undefined ? "" : `${row.peerName ?? "peer"} ${row.peer}`,
  ]);
  const all = [["", title, "measured", "goal", "peer"], ...cells];
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...all.map((line) => (line[i] ?? "").length)));
  for (const line of all)
    process.stdout.write(
      `${line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  const shown = rows.filter((row) => row.notShown === undefined);
  const met = shown.filter((row) => row.met).length;
  const left = rows.length - shown.length;
  const more = left === 0 ? "" : `, ${left} NOT SHOWN`;
  process.stdout.write(`${title}: ${met} of ${shown.length} goals met${more}\n`);
  if (file !== undefined) await save(file, rows);
  return rows.every((row) => row.met);
}

async function save(file: string, rows: readonly Row[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const where = { machine: machine(), date: new Date().toISOString() };
  const saved: readonly SavedRow[] = rows.map((row) => ({ ...row, ...where }));
  await writeFile(file, `${JSON.stringify(saved, null, 2)}\n`);
}

/** What the figures are of, in words: `2 × AMD EPYC, 24 GB, Linux 6.1.0, Node 24.21.0`. */
function machine(): string {
  const [first, ...others] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const cores = `${others.length + 1} × ${first?.model.trim() ?? process.arch}`;
  return `${cores}, ${gigabytes} GB, ${type()} ${release()}, Node ${process.versions.node}`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
