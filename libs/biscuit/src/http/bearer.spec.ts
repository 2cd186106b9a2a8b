import { describe, expect, it } from "vitest";
import { bearerOf } from "./bearer.ts";

const of = (authorization?: string | string[]) =>
  bearerOf({ headers: authorization === undefined ? {} : { authorization } });

describe("the token of a request", () => {
  it.each(["Bearer abc-_=", "bearer abc-_=", "BEARER   abc-_="])("is taken from %j", (value) => {
    expect(of(value)).toEqual({ kind: "token", token: "abc-_=" });
  });

  it.each([
    "Bearer",
    "Bearer ",
    "Bearer a b",
    "Bearer a,b",
    "Bearer =a",
    'Bearer "a"',
    "Bearer a\u00e9",
  ])("is malformed in %j", (value) => expect(of(value).kind).toBe("malformed"));

  it.each(["Basic abc", "Bearerabc", "abc", "", "bearer:abc"])("is absent in %j", (value) => {
    expect(of(value)).toEqual({ kind: "none" });
  });

  it("is absent without the field", () => expect(of()).toEqual({ kind: "none" }));

  it("is refused when the field is there twice, which Node's own headers hide", () => {
    const rawHeaders = ["Host", "a", "authorization", "Bearer a", "Authorization", "Bearer b"];
    const message = { headers: { authorization: "Bearer a" }, rawHeaders };
    expect(bearerOf(message)).toMatchObject({ kind: "malformed" });
    expect(of(["Bearer a", "Bearer b"])).toMatchObject({ kind: "malformed" });
  });

  it("is not taken from a field whose value is the name", () => {
    const rawHeaders = ["x-name", "authorization", "Bearer a", "Bearer b"];
    expect(bearerOf({ headers: {}, rawHeaders })).toEqual({ kind: "none" });
  });
});
