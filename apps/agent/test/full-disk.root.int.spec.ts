import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench } from "./bench.fixture.ts";

const run = promisify(execFile);

describe("an agent on a full disk (as root: mounts a small file system)", () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.make();
  });
  afterEach(() => bench.clear());

  it("says that the disk is full, and goes on when there is space", async () => {
    const { controlPlane } = bench;
    await mkdir(bench.agentDirectory);
    await run("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", bench.agentDirectory]);
    try {
      const ballast = join(bench.agentDirectory, "ballast");
      await writeFile(ballast, Buffer.alloc(20 * 1024 * 1024));
      const files = { "server.js": "", "large.bin": "x".repeat(6 * 1024 * 1024) };
      const digest = await bench.artefact({ ...files, "server.js": SERVER });
      const web = { ...(await bench.web()), artefact: { kind: "blob" as const, digest } };
      controlPlane.run({ ...web, promises: [] });
      bench.startAgent();
      const full = await controlPlane.until(() => {
        const observed = controlPlane.observed(web.id);
        return observed?.message?.includes("is full") === true && observed;
      });
      expect(full.message).toContain("Free space there");
      await rm(ballast);
      await controlPlane.untilPhase(web.id, "ready");
    } finally {
      await bench.endAgent("SIGINT");
      await run("umount", ["-l", bench.agentDirectory]);
    }
  });
});

const SERVER = `require("node:http").createServer((q, r) => r.end()).listen(process.env.PORT, process.env.HOST);`;
