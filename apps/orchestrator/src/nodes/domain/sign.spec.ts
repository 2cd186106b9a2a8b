import { describe, expect, it } from "vitest";
import { isStale, latestOf } from "./sign.ts";

describe("what a node says", () => {
  it("is stale when an earlier start of its agent said it, whatever its number", () => {
    const heard = { incarnation: 5, sequence: 1 };
    expect(isStale(heard, { incarnation: 4, sequence: 99 })).toBe(true);
    expect(isStale(heard, { incarnation: 4 })).toBe(true);
    expect(isStale(heard, { incarnation: 6, sequence: 1 })).toBe(false);
  });

  it("is stale when a later report of the same start was heard already; a heartbeat never is", () => {
    const heard = { incarnation: 5, sequence: 7 };
    expect(isStale(heard, { incarnation: 5, sequence: 7 })).toBe(true);
    expect(isStale(heard, { incarnation: 5, sequence: 8 })).toBe(false);
    expect(isStale(heard, { incarnation: 5 })).toBe(false);
    expect(isStale(undefined, { incarnation: 1, sequence: 1 })).toBe(false);
  });

  it("a heartbeat does not forget the number of the last report", () => {
    const heard = { incarnation: 5, sequence: 7 };
    expect(latestOf(heard, { incarnation: 5 })).toEqual(heard);
    expect(latestOf(heard, { incarnation: 6 })).toEqual({ incarnation: 6 });
  });
});
