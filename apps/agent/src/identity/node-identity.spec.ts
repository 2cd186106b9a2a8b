import { expect, it } from "vitest";
import { isDue } from "./node-identity.ts";

it("an identity is renewed when half of its time is over, and as long as it is not", () => {
  const identity = { issuedAt: "2026-11-01T00:00:00.000Z", expiresAt: "2026-11-08T00:00:00.000Z" };
  const at = (text: string): boolean => isDue(identity, Date.parse(text));
  expect(at("2026-11-04T11:59:59.000Z")).toBe(false);
  expect(at("2026-11-04T12:00:00.000Z")).toBe(true);
  expect(at("2027-01-01T00:00:00.000Z")).toBe(true);
});
