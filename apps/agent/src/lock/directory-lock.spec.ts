import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
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

  it("is taken by one of many that find, one after the other, what a dead one left", async () => {
    const lockAfter = async (turns: number, stale: string): Promise<void> => {
      for (let turn = 0; turn < turns; turn += 1) await setImmediate();
      return lockDirectory(stale);
    };
    for (let round = 0; round < 20; round += 1) {
      const stale = await mkdtemp(join(directory, "stale-"));
      await writeFile(join(stale, "agent.lock"), `4194304 1 ${currentBootId()}`);
      const takers = Array.from({ length: 8 }, (_, taker) => lockAfter(taker * (round % 7), stale));
      const ends = await Promise.allSettled(takers);
      expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    }
  });

  it("is refused while an agent of an earlier version, which has no lock of the kernel's, lives", async () => {
    const ticks = (await readFile(`/proc/${process.ppid}/stat`, "utf8"))
      .split(") ")[1]
      ?.split(" ")[19];
    await writeFile(join(directory, "agent.lock"), `${process.ppid} ${ticks} ${currentBootId()}\n`);
    await expect(lockDirectory(directory)).rejects.toThrow(`(process ${process.ppid})`);
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
