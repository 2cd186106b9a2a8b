import { mkdir, writeFile } from "node:fs/promises";
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

/** A row that is only there to compare others with. */
export function figure(what: string, unit: string, ours: number): Row {
  return { what, unit, ours: round(ours), goal: "", met: true };
}

/** Prints the rows as a table and the sum in one line; saves them when a file is given. True when every goal is met. */
export async function report(title: string, rows: readonly Row[], file?: string): Promise<boolean> {
  const cells = rows.map((row) => [
    row.met ? "ok" : "SHORT",
    row.what,
    `${row.ours} ${row.unit}`,
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
  const met = rows.filter((row) => row.met).length;
  process.stdout.write(`${title}: ${met} of ${rows.length} goals met\n`);
  if (file !== undefined) await save(file, rows);
  return met === rows.length;
}

async function save(file: string, rows: readonly Row[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
