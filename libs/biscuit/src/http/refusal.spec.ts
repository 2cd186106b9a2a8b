import { expect, it } from "vitest";
import { problemOf, refuse } from "./refusal.ts";

it("asks for the scheme only, when there was no token", () => {
  const refusal = refuse("shop", undefined, "the request has no token");
  expect(refusal).toMatchObject({ status: 401, challenge: 'Bearer realm="shop"' });
  expect(refusal).not.toHaveProperty("error");
});

it.each([
  ["invalid_request", 400],
  ["invalid_token", 401],
  ["insufficient_scope", 403],
] as const)("answers %s with %i", (error, status) => {
  expect(refuse("r", error, "why")).toMatchObject({
    status,
    challenge: `Bearer realm="r", error="${error}", error_description="why"`,
  });
});

it("lets nothing out of a quoted string of the challenge", () => {
  const { challenge } = refuse('a"b', "invalid_token", 'x\\" \r\nSet-Cookie: é');
  expect(challenge).toBe(
    `Bearer realm="a'b", error="invalid_token", error_description="x'' ''Set-Cookie: '"`,
  );
});

it("is a problem of RFC 9457", () => {
  expect(problemOf(refuse("r", "insufficient_scope", "no", ["failed: check if a(1)"]))).toEqual({
    type: "about:blank",
    title: "Forbidden",
    status: 403,
    detail: "no",
    error: "insufficient_scope",
    why: ["failed: check if a(1)"],
  });
});
