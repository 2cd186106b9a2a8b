import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { currentBootId, lockDirectory } from "./directory-lock.ts";

describe("the lock of the agent's directory", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "agent-lock-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("is refused while its owner lives, who is named", async () => {
    await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toThrow(
      `Another agent (process ${process.pid})`,
    );
    expect(await readdir(directory)).toEqual(["agent.lock"]);
  });

  it.each([
    ["a process that ended", `4194304 1 ${currentBootId()}`],
    ["a process whose id another has now", `${process.pid} 1 ${currentBootId()}`],
    ["another boot", `${process.pid} 1 another-boot`],
    ["a write that was cut off", ""],
  ])("is taken over from %s", async (_, owner) => {
    await writeFile(join(directory, "agent.lock"), owner);
    await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toThrow("Another agent");
  });
});
