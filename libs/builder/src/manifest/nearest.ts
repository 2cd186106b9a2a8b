/** Steps of one insertion, deletion, replacement or swap of neighbours between two words (optimal string alignment). */
export function editDistance(left: string, right: string): number {
  const rows = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1)
      current.push(cell(left, right, rows, current, row, column));
    rows.push(current);
  }
  return rows[left.length]?.[right.length] ?? 0;
}

function cell(
  left: string,
  right: string,
  rows: readonly (readonly number[])[],
  current: readonly number[],
  row: number,
  column: number,
): number {
  const at = (up: number, back: number): number =>
    (up === 0 ? current : (rows[row - up] ?? []))[column - back] ?? Number.POSITIVE_INFINITY;
  const isSame = left[row - 1] === right[column - 1];
  const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
  return Math.min(
    at(1, 0) + 1,
    at(0, 1) + 1,
    at(1, 1) + (isSame ? 0 : 1),
    isSwap && row > 1 && column > 1 ? at(2, 2) + 1 : Number.POSITIVE_INFINITY,
  );
}

/** The known word that was probably meant: at most a third of its letters differ, capitals aside. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 64) return undefined;
  const ranked = known
    .map((candidate) => ({
      candidate,
      distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .toSorted((left, right) => left.distance - right.distance);
  return ranked[0]?.candidate;
}
