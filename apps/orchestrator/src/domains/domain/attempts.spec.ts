import { expect, it } from "vitest";
import { challengeKind, pauseAfter, pauseForDns } from "./attempts.ts";

const MINUTE_MS = 60_000;

it("pauses longer after each failure, never more than a day, and never less than the authority asks", () => {
  const pauses = Array.from({ length: 9 }, (_, i) => pauseAfter(i + 1, 1) / MINUTE_MS);
  expect(pauses).toEqual([1, 5, 20, 60, 180, 720, 1440, 1440, 1440]);
  expect(pauseAfter(1, 0)).toBe(0.75 * MINUTE_MS);
  expect(pauseAfter(1, 0, 90 * MINUTE_MS)).toBe(90 * MINUTE_MS);
});

it("stays below five failures an hour for a name, which Let's Encrypt allows", () => {
  let atMs = 0;
  const failures = Array.from({ length: 20 }, (_, i) => (atMs += pauseAfter(i + 1, 0)));
  for (const from of failures)
    expect(failures.filter((at) => at >= from && at < from + 60 * MINUTE_MS).length).toBeLessThan(
      5,
    );
});

it("asks the DNS soon at first and hourly in the end", () => {
  expect([0, 1, 2, 5, 6, 50].map((n) => pauseForDns(n) / MINUTE_MS)).toEqual([1, 2, 4, 32, 60, 60]);
});

it("proves a domain by the port that the world can reach, and by the other one after a failure", () => {
  const kinds = (http: number, https: number) =>
    [0, 1, 2].map((failures) => challengeKind({ http, https }, failures));
  expect(kinds(80, 443)).toEqual(["http-01", "tls-alpn-01", "http-01"]);
  expect(kinds(8080, 443)).toEqual(["tls-alpn-01", "http-01", "tls-alpn-01"]);
  expect(kinds(8080, 8443)[0]).toBe("http-01");
});
