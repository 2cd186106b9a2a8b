import {
  appendFile,
  mkdtemp,
  readdir,
  rm,
  stat,
  truncate,
  writeFile,
  copyFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { followFile } from "./follow-file.ts";
import { InstanceLog } from "./instance-log.ts";
import { readTail } from "./read-backwards.ts";
import { rotateIfLarge } from "./rotate.ts";

describe("an instance's log", () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "agent-log-"));
    path = join(directory, "stdout.log");
  });
  afterEach(() => rm(directory, { recursive: true }));

  const many = (count: number): string =>
    Array.from({ length: count }, (_, index) => `line ${index} ${"x".repeat(index % 700)}\n`).join(
      "",
    );

  it("gives its last lines, however long they are", async () => {
    await writeFile(path, many(5000));
    const { lines, end } = await readTail(path, 1500);
    expect(lines).toHaveLength(1500);
    expect(lines[0]?.text).toMatch(/^line 3500 /);
    expect(end).toBe((await stat(path)).size);
    expect((await readTail(path, 0)).lines).toEqual([]);
    expect(await readTail(join(directory, "none"), 5)).toEqual({ lines: [], end: 0 });
  });

  it("is followed across its rotation, without losing or repeating a line", async () => {
    await writeFile(path, "one\n");
    const stop = new AbortController();
    const found: string[] = [];
    const following = (async () => {
      for await (const { text } of followFile(path, 4, stop.signal)) found.push(text);
    })();
    await appendFile(path, "two\nthr");
    await expect.poll(() => found).toEqual(["two"]);
    await appendFile(path, "ee\nfour\n");
    await copyFile(path, `${path}.1`);
    await truncate(path, 0);
    await appendFile(path, "five\n");
    await expect.poll(() => found).toEqual(["two", "three", "four", "five"]);
    await appendFile(path, "six");
    stop.abort();
    await following;
    expect(found.at(-1)).toBe("six");
  });

  it("keeps a bounded number of bounded files, and stays the same file", async () => {
    const { ino } = await stat(path).catch(async () => (await writeFile(path, ""), stat(path)));
    for (let round = 0; round < 6; round++) {
      await appendFile(path, `${round}`.repeat(100));
      expect(await rotateIfLarge(path, { maxBytes: 100, kept: 3 })).toBe(true);
      expect(await rotateIfLarge(path, { maxBytes: 100, kept: 3 })).toBe(false);
    }
    expect((await readdir(directory)).toSorted()).toEqual(
      ["", ".1", ".2", ".3"].map((suffix) => `stdout.log${suffix}`),
    );
    expect((await stat(path)).ino).toBe(ino);
  });

  it("that its owner made huge, and left empty, costs neither time nor disk", async () => {
    const TERABYTE = 1024 ** 4;
    await writeFile(path, "one\n");
    await truncate(path, TERABYTE);
    await appendFile(path, "\nlast\n");
    const found: string[] = [];
    const stop = new AbortController();
    stop.abort();
    for await (const { text } of followFile(path, 4, stop.signal)) found.push(text);
    expect(found.at(-1)).toBe("last");
    expect(await rotateIfLarge(path, { maxBytes: 100, kept: 3 })).toBe(true);
    expect((await stat(`${path}.1`)).size).toBeLessThanOrEqual(200);
    expect((await stat(path)).size).toBe(0);
  });

  it("tells when its lines were written, as nearly as it looked", async () => {
    const log = new InstanceLog(path, "stdout");
    await writeFile(path, "old\n");
    await log.tend();
    const { mtimeMs } = await stat(path);
    await expect.poll(() => Date.now()).toBeGreaterThan(mtimeMs + 20);
    await appendFile(path, "new\n");
    await log.tend();
    const { lines } = await log.tail(2);
    expect(lines.map(({ text }) => text)).toEqual(["old", "new"]);
    expect(lines[0]?.atMs).toBe(Math.round(mtimeMs));
    expect(lines[1]?.atMs).toBeGreaterThan(mtimeMs);
  });
});
