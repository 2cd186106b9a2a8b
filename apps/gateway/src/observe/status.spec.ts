import { expect, it } from "vitest";
import { isForStatus } from "./status.ts";

it("answers for itself only on loopback literals, to this machine", () => {
  const health = { host: "127.0.0.1", path: "/.bastide/health" };
  expect(isForStatus(health, "127.0.0.1")).toBe(true);
  expect(isForStatus({ ...health, host: "[::1]" }, "::1")).toBe(true);
  expect(isForStatus(health, "::ffff:127.0.0.1")).toBe(true);
  expect(isForStatus(health, "10.0.0.9")).toBe(false);
  expect(isForStatus({ ...health, host: "shop.localhost" }, "127.0.0.1")).toBe(false);
  expect(isForStatus({ ...health, path: "/.bastide/other" }, "127.0.0.1")).toBe(false);
  expect(isForStatus(health, undefined)).toBe(false);
});
