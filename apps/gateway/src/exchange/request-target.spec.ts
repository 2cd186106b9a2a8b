import { describe, expect, it } from "vitest";
import { rawValues, readTarget } from "./request-target.ts";

describe("readTarget", () => {
  it.each([
    ["/", "/", "/"],
    ["/a//b/../c%2F?q=1?2", "/a//b/../c%2F", "/a//b/../c%2F?q=1?2"],
    ["http://SHOP.localhost:8080/x?y", "/x", "/x?y"],
    ["http://shop.localhost", "/", "/"],
    ["http://shop.localhost?q", "/", "/?q"],
  ])("reads %s", (url, path, target) =>
    expect(readTarget(url, ["shop.localhost:8080"])).toEqual({
      host: "shop.localhost",
      path,
      target,
    }),
  );

  it.each([
    ["*"],
    ["x"],
    ["http://other.localhost/"],
    ["http://shop.localhost@evil.test/"],
    ["ftp://shop.localhost/"],
    ["/a b"],
    ["/a\u00e9"],
    ["/a#b"],
    [`/${"a".repeat(20_000)}`],
  ])("refuses the target %s", (url) =>
    expect(typeof readTarget(url, ["shop.localhost"])).toBe("string"),
  );

  it("refuses no host, two hosts and what is no host", () => {
    expect(readTarget("/", [])).toMatch(/exactly one/);
    expect(readTarget("/", ["a", "a"])).toMatch(/exactly one/);
    expect(readTarget("/", ["a b"])).toMatch(/not a host name/);
  });
});

it("finds every value of a raw header, whatever its case", () => {
  expect(rawValues(["Host", "a", "X", "host", "hOST", "b"], "host")).toEqual(["a", "b"]);
});
