import { describe, expect, it } from "vitest";
import { isLoopbackLiteral, normaliseHost, normalisePattern, wildcardsOf } from "./host.ts";

describe("normaliseHost", () => {
  it.each([
    ["Shop.Localhost", "shop.localhost"],
    ["shop.localhost:8080", "shop.localhost"],
    ["shop.localhost.", "shop.localhost"],
    ["shop.localhost.:8080", "shop.localhost"],
    ["shop--staging.localhost:", "shop--staging.localhost"],
    ["127.0.0.1:80", "127.0.0.1"],
    ["[::1]:8080", "[::1]"],
    ["[2001:DB8::1]", "[2001:db8::1]"],
    ["a", "a"],
  ])("reads %s as %s", (authority, host) => expect(normaliseHost(authority)).toBe(host));

  it.each([
    "",
    ":8080",
    ".",
    "..",
    "shop..localhost",
    ".shop",
    "shop.localhost..",
    "user@shop.localhost",
    "shop localhost",
    "shop.localhost/x",
    "shop%2elocalhost",
    "shop.localhost:80:80",
    "shop.localhost:123456",
    "[::1",
    "::1",
    "a".repeat(300),
  ])("refuses %j", (authority) => expect(normaliseHost(authority)).toBeUndefined());
});

it("knows loopback literals from names and other addresses", () => {
  expect(["127.0.0.1", "127.9.9.9", "[::1]"].every(isLoopbackLiteral)).toBe(true);
  expect(["localhost", "127.0.0.1.evil.test", "10.0.0.1", "[::2]"].some(isLoopbackLiteral)).toBe(
    false,
  );
});

describe("patterns", () => {
  it.each([
    ["*.Shop.Test.", "*.shop.test"],
    ["*", "*"],
    ["shop.test", "shop.test"],
    ["*.", undefined],
    ["**.test", undefined],
    ["*shop.test", undefined],
    ["a.*.test", undefined],
    ["*.*.test", undefined],
  ])("%s is %s", (text, expected) => expect(normalisePattern(text)).toBe(expected));

  it("cover a host from the longest to *", () => {
    expect([...wildcardsOf("a.b.test")]).toEqual(["*.b.test", "*.test", "*"]);
    expect([...wildcardsOf("localhost")]).toEqual(["*"]);
    expect([...wildcardsOf("[::1]")]).toEqual(["*"]);
  });
});
