/** What one run measured: how often, when and where in one sentence, and its rows. */
export interface MeasuredRun {
  readonly how: string;
  /** Cells of each row; the first says what was measured, its case before a colon. */
  readonly rows: readonly (readonly string[])[];
}

const HEADS = ["what", "measured", "goal", "met"];

/**
 * Adds a run. What it measured is taken away from earlier ones, and what those measured besides stays under their own
 * sentence: of a fault that was done five times nothing is said that is true of another run only.
 */
export function withRun(before: readonly MeasuredRun[], fresh: MeasuredRun): MeasuredRun[] {
  const measured = new Set(fresh.rows.map(caseOf));
  const kept = before.map(({ how, rows }) => ({
    how,
    rows: rows.filter((row) => !measured.has(caseOf(row))),
  }));
  const same = kept.find(({ how }) => how === fresh.how);
  const others = kept.filter((run) => run !== same);
  return [...others, { how: fresh.how, rows: [...(same?.rows ?? []), ...fresh.rows] }].filter(
    ({ rows }) => rows.length > 0,
  );
}

const caseOf = ([what = ""]: readonly string[]): string => what.slice(0, what.indexOf(":") + 1);

/** The runs in a text that `textOf` made, formatted or not. */
export function runsIn(text: string): MeasuredRun[] {
  const runs: { how: string; rows: string[][] }[] = [];
  for (const line of text.split("\n")) {
    const cells = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (cells.length > 0 && !isHead(cells)) runs.at(-1)?.rows.push(cells);
    if (/^\w/.test(line)) runs.push({ how: line.trim(), rows: [] });
  }
  return runs;
}

const isHead = ([first = ""]: readonly string[]): boolean =>
  first === HEADS[0] || /^-+$/.test(first);

/** Each run's sentence with its table. */
export const textOf = (runs: readonly MeasuredRun[]): string =>
  runs.map(({ how, rows }) => `${how}\n\n${tableOf(rows)}`).join("\n");

function tableOf(rows: readonly (readonly string[])[]): string {
  const all = [HEADS, ...rows];
  const widths = HEADS.map((_, column) =>
    Math.max(3, ...all.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const padded = (cells: readonly string[]): string =>
    line(widths.map((width, column) => (cells[column] ?? "").padEnd(width)));
  return [
    padded(HEADS),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map((cells) => padded(cells)),
  ].join("");
}
