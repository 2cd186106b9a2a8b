/** Names longer than this are not compared: the work grows with the square of the length. */
const LONGEST = 64;

/** The next row of the table of distances, from the two rows before it. */
function nextRow(
  a: string,
  b: string,
  i: number,
  [before, previous]: readonly [readonly number[], readonly number[]],
): number[] {
  const row = [i];
  for (let j = 1; j <= b.length; j++) {
    const replaced = (previous[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1]);
    const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : replaced;
    row.push(Math.min((row[j - 1] ?? 0) + 1, (previous[j] ?? 0) + 1, replaced, swapped));
  }
  return row;
}

/** How many insertions, deletions, replacements and swaps of neighbours make `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = nextRow(a, b, i, [before, previous]);
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** Of `names` the ones that `wanted` is most likely a slip for: nearest first, none when all are far. */
export function nearNames(wanted: string, names: Iterable<string>): string[] {
  if (wanted.length > LONGEST) return [];
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  return Array.from(new Set(names))
    .filter((name) => name !== wanted && Math.abs(name.length - wanted.length) <= allowed)
    .map((name) => ({ name, distance: editDistance(wanted.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .toSorted((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}
