import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LastKnownGood } from "./last-known-good.ts";

const version = (sequence: number) => ({
  history: "01990000-0000-7000-8000-000000000001",
  epoch: 1,
  sequence,
});

describe("LastKnownGood", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "bastide-lkg-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("gives back what was saved", async () => {
    const file = new LastKnownGood(directory);
    expect(await file.load()).toBeUndefined();
    await file.save({ version: version(1), entries: new Map([["a", { b: [1] }]]) });
    expect(await new LastKnownGood(directory).load()).toEqual({
      version: version(1),
      entries: new Map([["a", { b: [1] }]]),
    });
  });

  it.each([
    ["cut short", (bytes: Buffer) => bytes.subarray(0, -3)],
    ["emptied", () => Buffer.alloc(0)],
    [
      "with one bit turned",
      (bytes: Buffer) => Buffer.from(bytes.map((b, i) => (i === 100 ? b ^ 1 : b))),
    ],
  ])("falls back to the generation before, and names the file that is %s", async (_, damage) => {
    const file = new LastKnownGood(directory);
    await file.save({ version: version(1), entries: new Map([["a", 1]]) });
    await file.save({ version: version(2), entries: new Map([["a", 2]]) });
    const current = join(directory, "current");
    await writeFile(current, damage(await readFile(current)));
    const named: string[] = [];
    expect(await file.load((name) => named.push(name))).toMatchObject({ version: version(1) });
    expect(named[0]).toContain("current.corrupt-");
    expect((await readdir(directory)).toSorted()[0]).toContain("current.corrupt-");
  });

  it("writes nothing in plain where it is sealed", async () => {
    const turn = (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 0x5a));
    const file = new LastKnownGood(directory, { seal: turn, open: turn });
    await file.save({ version: version(1), entries: new Map([["password", "hunter2"]]) });
    expect(await readFile(join(directory, "current"), "latin1")).not.toContain("hunter2");
    expect((await file.load())?.entries).toEqual(new Map([["password", "hunter2"]]));
  });
});
