import { expect, it } from "vitest";
import { attenuationSource, parseTtl } from "./attenuation.ts";

const now = new Date("2026-01-02T03:04:05.678Z");
const nothing = {
  operation: [],
  org: [],
  project: [],
  app: [],
  env: [],
  path: [],
  ttlMs: undefined,
};

it("writes one check per kind of option, each allowing any of its values", () => {
  const source = attenuationSource(
    { ...nothing, operation: ["deploy"], app: ["shop", "blog"], ttlMs: 600_000 },
    now,
  );
  expect(source.split("\n")).toEqual([
    'check if operation("deploy");',
    'check if app("shop") or app("blog");',
    "check if time($time), $time < 2026-01-02T03:14:05Z;",
  ]);
});

it("keeps a hostile name inside its string", () => {
  const source = attenuationSource({ ...nothing, app: ['x") or true; check if app("y'] }, now);
  expect(source).toBe('check if app("x\\") or true; check if app(\\"y");');
});

it("narrows a path to itself and what is below it", () => {
  expect(attenuationSource({ ...nothing, path: ["/shop"] }, now)).toBe(
    'check if path($path), $path == "/shop" || $path.starts_with("/shop/");',
  );
});

it("refuses an unknown operation with the nearest and a path without /, and is empty where nothing is narrowed", () => {
  expect(() => attenuationSource({ ...nothing, operation: ["deplo"] }, now)).toThrow(
    'did you mean "deploy"?',
  );
  expect(() => attenuationSource({ ...nothing, path: ["shop"] }, now)).toThrow("must begin with /");
  expect(attenuationSource(nothing, now)).toBe("");
});

it.each([
  ["90", 90_000],
  ["90s", 90_000],
  ["10m", 600_000],
  ["8h", 28_800_000],
  ["7d", 604_800_000],
])("reads %s as %i ms", (text, ms) => {
  expect(parseTtl(text)).toBe(ms);
});

it.each(["0", "-1", "10 m", "1y", "400d", ""])("refuses %j as a time", (text) => {
  expect(() => parseTtl(text)).toThrow("--ttl");
});
