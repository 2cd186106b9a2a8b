import { describe, expect, it } from "vitest";
import { DATE_PATTERN, printDate, secondsOf } from "./date.ts";

function read(text: string): number | undefined {
  DATE_PATTERN.lastIndex = 0;
  const match = DATE_PATTERN.exec(text);
  return match === null || match[0] !== text ? undefined : secondsOf(match);
}

describe("dates", () => {
  it.each([
    ["1970-01-01T00:00:00Z", 0],
    ["2019-12-04T09:46:41Z", 1_575_452_801],
    ["2019-12-04t09:46:41z", 1_575_452_801],
    ["2019-12-04T10:46:41+01:00", 1_575_452_801],
    ["2019-12-04T09:46:41.999Z", 1_575_452_801],
    ["2016-12-31T23:59:60Z", 1_483_228_799],
    ["9999-12-31T23:59:59Z", 253_402_300_799],
  ])("reads %s", (text, seconds) => {
    expect(read(text)).toBe(seconds);
  });

  it.each([
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:30:00+01:00",
    "2019-02-29T00:00:00Z",
    "2019-13-01T00:00:00Z",
    "2019-01-01T24:00:00Z",
    "2019-01-01T00:00:00",
    "2019-01-01T00:00:00+24:00",
    "0000-00-00T00:00:00Z",
  ])("refuses %s", (text) => {
    expect(read(text)).toBeUndefined();
  });

  it("prints in UTC, and never a date that is not one", () => {
    expect(printDate(1_575_452_801)).toBe("2019-12-04T09:46:41Z");
    expect(printDate(2n ** 64n - 1n)).toBe("<date beyond the year 9999: 18446744073709551615>");
  });
});
