import { expect, it } from "vitest";
import { reasonOf, retryAfterOf } from "./acme-errors.ts";

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");
const failed = (message: string, code?: string) => Object.assign(new Error(message), { code });

it("says in words that an authority cannot be reached, and else what the authority said", () => {
  expect(reasonOf(failed("connect ECONNREFUSED 1.2.3.4:443", "ECONNREFUSED"))).toBe(
    "the certificate authority cannot be reached (ECONNREFUSED)",
  );
  expect(reasonOf(failed("Incorrect\n  response for shop.example.com"))).toBe(
    "Incorrect response for shop.example.com",
  );
  expect(reasonOf(new TypeError("x of undefined"))).toContain("broke off");
});

it("waits as long as an authority asks, an hour where it does not say, and not at all for other errors", () => {
  const limited = "too many certificates already issued, retry after 2026-01-01 03:00:00 UTC: see";
  expect(retryAfterOf(failed(limited), NOW_MS)).toBe(3 * 3_600_000);
  expect(retryAfterOf(failed("Rate limit exceeded"), NOW_MS)).toBe(3_600_000);
  expect(retryAfterOf(failed("Incorrect response"), NOW_MS)).toBeUndefined();
});
