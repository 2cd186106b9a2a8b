import { describe, expect, it } from "vitest";
import { byteCount, header, rate, seconds } from "./amounts.ts";

describe("amounts", () => {
  it.each([
    ["30", 30],
    ["500ms", 0.5],
    ["1.5h", 5400],
    ["2d", 172_800],
  ])("reads the time %s", (text, expected) => expect(seconds("t", text)).toBe(expected));

  it.each([
    ["7", 7],
    ["10M", 10_485_760],
    ["512k", 524_288],
    ["1GiB", 1_073_741_824],
  ])("reads the size %s", (text, expected) => expect(byteCount("b", text)).toBe(expected));

  it.each([
    ["100/s", 100, 1],
    ["1000/m", 1000, 60],
    ["50/10s", 50, 10],
  ])("reads the rate %s", (text, requests, perSeconds) =>
    expect(rate("rate", text)).toEqual({ requests, perSeconds }),
  );

  it("reads a header with colons in its value", () =>
    expect(header("h", "Link:  <https://a.test>; rel=x ")).toEqual([
      "link",
      "<https://a.test>; rel=x",
    ]));

  it("names the option, the value and the form when it is something else", () => {
    expect(() => rate("rate", "100")).toThrow('--rate is "100", but must be requests in a time');
    expect(() => rate("rate", "1/x")).toThrow("such as 100/s");
    expect(() => byteCount("body-limit", "ten")).toThrow("--body-limit");
    expect(() => seconds("total-timeout", "-1s")).toThrow("--total-timeout");
    expect(() => header("request-header", "no value")).toThrow("--request-header");
  });
});
