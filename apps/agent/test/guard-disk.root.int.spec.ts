import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { GuardRecord } from "@bastide/ha";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { GuardDisk } from "../src/guard/guard-disk.ts";

const run = promisify(execFile);
/** Ends a mounted ext4 as a power cut would: what was not brought to the disk is lost (EXT4_IOC_SHUTDOWN). */
const POWER_CUT = `open(F, "<", $ARGV[0]) or die $!; $how = pack("L", 2); ioctl(F, 0x8004587d, $how) or die $!;`;

const voted = (epoch: number, lease = "drill"): GuardRecord => ({
  votes: { [lease]: { epoch } },
  knownEpochs: {},
});

describe("what a guard keeps on its disk (as root: mounts small file systems)", () => {
  let home: string;
  let directory: string;

  beforeEach(async () => {
    home = await mkdtemp("/tmp/bastide-disk-");
    directory = join(home, "mounted");
    await mkdir(directory);
  });
  afterEach(async () => {
    await run("umount", [directory]);
    await rm(home, { recursive: true });
  });

  it("is there after a power cut, from the moment that it was saved", async () => {
    const image = join(home, "image");
    await writeFile(image, "");
    await truncate(image, 8 * 1024 * 1024);
    await run("/sbin/mkfs.ext4", ["-q", image]);
    const mount = (): Promise<unknown> => run("mount", ["-o", "loop", image, directory]);
    await mount();
    const disk = new GuardDisk(directory);
    disk.saveRecord(voted(1));
    disk.saveRecord(voted(2));
    await run("perl", ["-e", POWER_CUT, directory]);
    await run("umount", [directory]);
    await mount();
    expect(new GuardDisk(directory).record()).toEqual(voted(2));
  });

  it("stays as it was when the disk has no room for all of what is to be saved", async () => {
    await run("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", directory]);
    const disk = new GuardDisk(directory);
    disk.saveRecord(voted(1));
    expect(() => disk.saveRecord(voted(2, "x".repeat(20_000)))).toThrow("ENOSPC");
    expect(new GuardDisk(directory).record()).toEqual(voted(1));
    disk.saveRecord(voted(2));
    expect(new GuardDisk(directory).record()).toEqual(voted(2));
  });
});
