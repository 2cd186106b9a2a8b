import { describe, expect, it } from "vitest";
import { checkName, checkRequest, checkValue, nextEpoch } from "./lease-arguments.ts";

const request = { name: "a", holder: "b", ttlMs: 1000, aboveEpoch: 0 };

describe("arguments", () => {
  it.each(["", "a\0b", "\ud800", "é".repeat(257)])("refuses %j for a name", (name) => {
    expect(() => checkName("the name", name)).toThrow(RangeError);
  });

  it("refuses a value that one of the stores could not keep", () => {
    expect(() => checkValue("é".repeat(2 ** 19))).not.toThrow();
    expect(() => checkValue("é".repeat(2 ** 19) + "x")).toThrow(/1048577 bytes/);
    expect(() => checkValue("\0")).toThrow(/NUL/);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a lease of %d ms", (ttlMs) => {
    expect(() => checkRequest({ ...request, ttlMs })).toThrow(RangeError);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])("refuses %d for an epoch", (aboveEpoch) => {
    expect(() => checkRequest({ ...request, aboveEpoch })).toThrow(RangeError);
  });

  it("gives the epoch above both, and none beyond the integers", () => {
    expect([nextEpoch(0, 0), nextEpoch(4, 2), nextEpoch(4, 9)]).toEqual([1, 5, 10]);
    expect(() => nextEpoch(1, Number.MAX_SAFE_INTEGER)).toThrow(/no epoch is left/);
  });
});
