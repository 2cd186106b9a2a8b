import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
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

it("lets root's control plane go before other programs, and an ordinary user's be as it is", async () => {
  const launched = await launchRecorded(
    {
      command: ["/bin/sleep", "60"],
      environment: {},
      logFile: join(directory, "log"),
      goesFirst: true,
    },
    join(directory, "orchestrator.pid"),
  );
  const isRoot = process.getuid?.() === 0;
  const { pid } = launched.process;
  const nice = Math.max(-20, getPriority() - (isRoot ? 10 : 0));
  // nice(1) sets it, and then becomes the program.
  await expect.poll(() => getPriority(pid), { timeout: 10_000 }).toBe(nice);
  // Where the kernel groups by sessions, its session goes first as well.
  const group = `/proc/${pid}/autogroup`;
  const wanted = isRoot ? "nice -10" : "nice 0";
  expect(existsSync(group) ? readFileSync(group, "utf8") : wanted).toContain(wanted);
  await endProcess(launched.process, "SIGKILL", 1_000);
});
