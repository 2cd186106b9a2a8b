import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nextIncarnation } from "./incarnation.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "incarnation-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const next = (nowMs: number): Promise<number> =>
  nextIncarnation(join(directory, "incarnation.json"), nowMs, () => {});

it("grows with every start, also when the clock went back", async () => {
  expect(await next(1_000)).toBe(1_000);
  expect(await next(2_000)).toBe(2_000);
  expect(await next(500)).toBe(2_001);
  expect(await next(500)).toBe(2_002);
});

it("grows after the directory was lost", async () => {
  const before = await next(1_000);
  await rm(join(directory, "incarnation.json"));
  expect(await next(1_500)).toBeGreaterThan(before);
});
