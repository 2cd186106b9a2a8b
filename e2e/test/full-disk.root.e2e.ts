import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Platform, until } from "../src/index.ts";
import { copyOf } from "./here.ts";

/** `up` wants 500 MB. */
const SIZE_MB = 700;

describe("a full disk (as root: the home lies on a small file system)", () => {
  let disk: string;
  let own: Platform;
  let source: Awaited<ReturnType<typeof copyOf>>;
  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), "bastide-full-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE_MB}m,mode=0711`, "tmpfs", disk]);
    await chmod(disk, 0o711);
    await mkdir(join(disk, "home"), { mode: 0o711 });
    own = await Platform.start({ home: join(disk, "home") });
    source = await copyOf("node-http");
    await own.json(["deploy", source.path, "--app", "kept"]);
  });
  afterAll(async () => {
    await own.destroy();
    execFileSync("umount", [disk]);
    await rm(disk, { recursive: true, force: true });
    await source[Symbol.asyncDispose]();
  });

  const release = async (): Promise<string> => {
    const { release: name } = (await (await own.fetch("kept")).json()) as { release: string };
    return name;
  };
  const isEmpty = async (path: string): Promise<boolean> =>
    (await readdir(join(own.home, path))).length === 0;

  it("that a build fills ends the build by name; what it wrote is removed, and what served serves", async () => {
    await using filler = await copyOf("node-http");
    const script = `
      const { openSync, writeSync } = require("node:fs");
      const file = openSync("ballast", "w");
      for (let n = 0; n < ${SIZE_MB}; n++) writeSync(file, Buffer.alloc(1024 * 1024, 1));`;
    await writeFile(join(filler.path, "fill.cjs"), script);
    await writeFile(join(filler.path, "bastide.yaml"), "build:\n  command: node fill.cjs\n");
    const { code, stderr } = await own.cli(["deploy", filler.path, "--app", "kept"]);
    expect(code).toBe(7);
    expect(stderr).toContain("(disk-full)");
    expect(stderr).toContain("free some space");
    expect(await release()).toBe("v1");
    await until("the build's files are removed", () => isEmpty("agent/builds"));
  });

  it("is named by every command that writes, apps and logs go on, and all works again when there is space", async () => {
    const ballast = join(disk, "ballast");
    const ran = await fill(ballast);
    expect(ran).toContain("No space left");
    await writeFile(join(source.path, "new.txt"), "new");
    const commands = [
      ["deploy", source.path, "--app", "kept"],
      ["env", "set", "A=1", "--app", "kept"],
    ];
    for (const command of commands) {
      const { code, stderr } = await own.cli(command);
      expect(code).toBe(1);
      expect(stderr).toContain("(disk-full)");
      expect(stderr).toMatch(/is full.*[Ff]ree/);
    }
    expect(await release()).toBe("v1");
    expect((await own.cli(["logs", "--app", "kept"])).code).toBe(0);
    expect(await isEmpty("control/blobs/incoming")).toBe(true);
    await rm(ballast);
    await own.json(["env", "set", "A=1", "--app", "kept"]);
    await own.json(["deploy", source.path, "--app", "kept"]);
    expect(Number((await release()).slice(1))).toBeGreaterThan(1);
    expect((await own.status()).healthy).toBe(true);
  });

  /** Until nothing more fits; gives what the last write said. */
  async function fill(file: string): Promise<string> {
    try {
      execFileSync("dd", ["if=/dev/zero", `of=${file}`, "bs=64K"], { stdio: "pipe" });
      return "";
    } catch (error) {
      return String(error);
    }
  }
});
