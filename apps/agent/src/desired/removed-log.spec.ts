import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RemovedLog } from "./removed-log.ts";

describe("the log of removed instances", () => {
  let directory: string;
  let file: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "agent-removed-"));
    file = join(directory, "removed.log");
  });
  afterEach(() => rm(directory, { recursive: true }));

  const open = async (): Promise<RemovedLog> => {
    const log = new RemovedLog(file);
    await log.load();
    return log;
  };

  it("remembers over a kill", async () => {
    await (await open()).add(["a", "b"]);
    const later = await open();
    expect([later.has("a"), later.has("b"), later.has("c")]).toEqual([true, true, false]);
  });

  it("leaves out a line that was cut off", async () => {
    await (await open()).add(["first"]);
    await appendFile(file, "secon");
    expect((await open()).has("secon")).toBe(false);
  });

  it("forgets what nothing names any more", async () => {
    const log = await open();
    await log.add(["a", "b"]);
    await log.keepOnly(new Set(["b", "c"]));
    const later = await open();
    expect([later.has("a"), later.has("b"), later.has("c")]).toEqual([false, true, false]);
  });
});
