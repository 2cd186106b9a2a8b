import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readPidFile, writePidFile } from "../machine/pid-file.ts";
import { endProcess, identify, isAlive } from "../machine/process-identity.ts";
import { launchRecorded } from "./launch.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "bastide-launch-"))));
afterEach(() => rmSync(directory, { recursive: true }));

it("never leaves two of one program: what the pid file names is ended first", async () => {
  const pidFile = join(directory, "orchestrator.pid");
  const child = spawn("/bin/sleep", ["60"], { stdio: "ignore" });
  const left = identify(child.pid ?? 0);
  if (left === undefined) throw new Error("sleep did not start");
  writePidFile(pidFile, left);
  const spec = {
    command: ["/bin/sleep", "60"],
    environment: {},
    logFile: join(directory, "log"),
  };
  const launched = await launchRecorded(spec, pidFile);
  expect(isAlive(left)).toBe(false);
  expect(readPidFile(pidFile)).toEqual(launched.process);
  await endProcess(launched.process, "SIGKILL", 1_000);
});
