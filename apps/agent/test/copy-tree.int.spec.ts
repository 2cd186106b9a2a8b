import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { copyTree } from "../src/disk/copy-tree.ts";

const signal = new AbortController().signal;
const isRoot = process.getuid?.() === 0;
const STRANGER = 54_321;
const LONG_AGO = new Date("2001-02-03T04:05:06Z");
let place = "";
let from = "";
let to = "";

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "bastide-copy-"));
  from = join(place, "from");
  to = join(place, "to");
  mkdirSync(join(from, "bin/deep"), { recursive: true });
  writeFileSync(join(from, "bin/deep/run"), "#!/bin/sh\n");
  writeFileSync(join(from, "read-only"), "text");
  symlinkSync("/etc/passwd", join(from, "out"));
  symlinkSync("nowhere", join(from, "bin/broken"));
  chmodSync(join(from, "bin/deep/run"), 0o755);
  chmodSync(join(from, "read-only"), 0o444);
  utimesSync(join(from, "read-only"), LONG_AGO, LONG_AGO);
  chmodSync(join(from, "bin"), 0o555);
  utimesSync(join(from, "bin"), LONG_AGO, LONG_AGO);
});
afterEach(() => {
  for (const directory of [from, to])
    if (existsSync(join(directory, "bin"))) chmodSync(join(directory, "bin"), 0o755);
  rmSync(place, { recursive: true, force: true });
});

/** Few entries are copied by the agent, many by a program: they come to the same. */
function makeMany(): void {
  mkdirSync(join(from, "many"));
  for (let i = 0; i < 600; i++) writeFileSync(join(from, `many/${i}`), "");
}

it.each([
  ["few", () => {}],
  ["many", makeMany],
])(
  "copies %s entries with modes, times, owner and links as they are",
  async (_, make: () => void) => {
    make();
    const outsideBefore = lstatSync("/etc/passwd");
    const owner = isRoot ? STRANGER : undefined;
    await copyTree(from, to, owner, signal);
    expect(readFileSync(join(to, "bin/deep/run"), "utf8")).toBe("#!/bin/sh\n");
    expect(readlinkSync(join(to, "out"))).toBe("/etc/passwd");
    expect(readlinkSync(join(to, "bin/broken"))).toBe("nowhere");
    for (const path of ["", "bin", "bin/deep", "bin/deep/run", "bin/broken", "read-only", "out"]) {
      const [copy, original] = [lstatSync(join(to, path)), lstatSync(join(from, path))];
      expect([path, copy.mode]).toEqual([path, original.mode]);
      expect(Math.abs(copy.mtimeMs - original.mtimeMs)).toBeLessThan(0.01);
      expect([path, copy.uid, copy.gid]).toEqual([
        path,
        owner ?? process.getuid?.(),
        owner ?? process.getgid?.(),
      ]);
    }
    const outside = lstatSync("/etc/passwd");
    expect([outside.uid, outside.mtimeMs]).toEqual([outsideBefore.uid, outsideBefore.mtimeMs]);
  },
);

it("refuses a place that is taken, and ends with the signal", async () => {
  mkdirSync(to);
  mkdirSync(join(to, "bin"));
  await expect(copyTree(from, to, undefined, signal)).rejects.toThrow("EEXIST");
  const gone = AbortSignal.abort(new Error("gone"));
  rmSync(to, { recursive: true });
  await expect(copyTree(from, to, undefined, gone)).rejects.toThrow("gone");
});
