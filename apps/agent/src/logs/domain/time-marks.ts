/** How large a log was at a time: lines have no times of their own, since they are what the instance wrote and no more. */
export interface TimeMark {
  readonly offset: number;
  readonly atMs: number;
}

const MAX_MARKS = 2048;

/** Adds a mark for growth; when there are too many, every second one goes, the last excepted. */
export function withMark(marks: readonly TimeMark[], mark: TimeMark): readonly TimeMark[] {
  if ((marks.at(-1)?.offset ?? 0) >= mark.offset) return marks;
  const kept = marks.length < MAX_MARKS ? marks : marks.filter((_, index) => index % 2 === 1);
  return [...kept, mark];
}

/** When the byte at `offset` was written, as nearly as is known: by the first mark beyond it. */
export function timeAt(marks: readonly TimeMark[], offset: number, otherwiseMs: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle]?.offset ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return marks[low]?.atMs ?? otherwiseMs;
}
