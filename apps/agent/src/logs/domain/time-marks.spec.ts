import { describe, expect, it } from "vitest";
import { timeAt, type TimeMark, withMark } from "./time-marks.ts";

const marksOf = (...marks: readonly [number, number][]): readonly TimeMark[] =>
  marks.reduce<readonly TimeMark[]>((all, [offset, atMs]) => withMark(all, { offset, atMs }), []);

describe("time marks", () => {
  it("date a byte by the first look that saw it", () => {
    const marks = marksOf([10, 100], [20, 200]);
    expect([0, 9, 10, 19, 20].map((offset) => timeAt(marks, offset, 300))).toEqual([
      100, 100, 200, 200, 300,
    ]);
  });

  it("are made for growth only, and are bounded", () => {
    expect(marksOf([10, 100], [10, 200])).toHaveLength(1);
    const many = Array.from({ length: 50_000 }, (_, at) => [at + 1, at] as [number, number]);
    const marks = marksOf(...many);
    expect(marks.length).toBeLessThanOrEqual(2049);
    expect(marks.at(-1)).toEqual({ offset: 50_000, atMs: 49_999 });
  });
});
