import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, it } from "vitest";
import { ProcessDriver, type RunHandle, type RunSpec } from "../src/index.ts";
import { allProcesses } from "../src/process/proc.ts";
import { readStatus } from "../src/process/run-record.ts";
import { textOf, until, Workspace } from "../src/testing/index.ts";
import { removeControlGroup } from "./control-group-cleanup.ts";

const NEVER = new AbortController().signal;
const controlGroup = `bastide-lifetime-${process.pid}`;
const workspace = new Workspace();
const driver = new ProcessDriver({ controlGroup });

afterAll(async () => {
  workspace.remove();
  await removeControlGroup(`bastide-lifetime-${process.pid}`);
});

/** Starts a run from another process, and kills that process the hard way. */
async function startFromAProcessThatDies(spec: RunSpec): Promise<RunHandle> {
  const program = join(dirname(import.meta.filename), "starter.ts");
  const starter = spawn(process.execPath, ["--conditions=source", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  starter.stdin.end(JSON.stringify({ controlGroup, spec }));
  const [line] = (await once(createInterface(starter.stdout), "line")) as [string];
  starter.kill("SIGKILL");
  await once(starter, "exit");
  return JSON.parse(line) as RunHandle;
}

/** How many processes have this word in their arguments, in all of the host. */
function processesWith(word: string): number {
  return allProcesses().filter(
    ({ pid, state }) => state !== "Z" && textOf(`/proc/${pid}/cmdline`).includes(word),
  ).length;
}

const LEFT_BEHIND = "setsid sleep 4321 & sleep 4321 & echo ready; wait";

describe("the life of a run", () => {
  it("goes on when the process that started it is killed, and the next one adopts it", async () => {
    const spec = workspace.shell("while [ ! -e /data/go ]; do sleep 0.02; done; echo done; exit 6");
    const handle = await startFromAProcessThatDies(spec);
    expect(await driver.isRunning(handle)).toBe(true);
    expect(await driver.find(spec.id, spec.stateDirectory)).toEqual(handle);
    const { exit } = await driver.execute(handle, ["/usr/bin/touch", "/data/go"], {
      timeoutMs: 60_000,
      maxOutputBytes: 100,
    });
    expect(exit).toEqual({ code: 0 });
    expect(await driver.waitForExit(handle, NEVER)).toEqual({ code: 6 });
    expect(textOf(spec.stdout)).toBe("done\n");
    await driver.release(handle);
  });

  it("leaves its exit code to be read by who comes later", async () => {
    const spec = workspace.shell("sleep 0.2; exit 8");
    const handle = await startFromAProcessThatDies(spec);
    await until("its end", async () => !(await driver.isRunning(handle)));
    expect(await driver.waitForExit(handle, NEVER)).toEqual({ code: 8 });
    await driver.release(handle);
  });

  it.each(["started here", "adopted"])(
    "ends wholly when bubblewrap is killed: %s",
    async (kind) => {
      const spec = workspace.shell(LEFT_BEHIND);
      const handle =
        kind === "adopted" ? await startFromAProcessThatDies(spec) : await driver.start(spec);
      await until("ready", () => textOf(spec.stdout) === "ready\n");
      process.kill(handle.pid, "SIGKILL");
      await driver.waitForExit(handle, NEVER);
      expect(processesWith("4321")).toBe(0);
      expect(await driver.isRunning(handle)).toBe(false);
      await driver.release(handle);
    },
  );

  it.each(["started here", "adopted"])("ends wholly when its init is killed: %s", async (kind) => {
    const spec = workspace.shell(LEFT_BEHIND);
    const handle =
      kind === "adopted" ? await startFromAProcessThatDies(spec) : await driver.start(spec);
    await until("ready", () => textOf(spec.stdout) === "ready\n");
    process.kill(readStatus(spec.stateDirectory).initPid ?? Number.NaN, "SIGKILL");
    expect(await driver.waitForExit(handle, NEVER)).toMatchObject({ signal: "SIGKILL" });
    expect(processesWith("4321")).toBe(0);
    await driver.release(handle);
  });

  it("is ended by stop even when bubblewrap is dead already", async () => {
    const spec = workspace.shell(LEFT_BEHIND);
    const handle = await startFromAProcessThatDies(spec);
    await until("ready", () => textOf(spec.stdout) === "ready\n");
    process.kill(handle.pid, "SIGKILL");
    await driver.stop(handle, 5000);
    expect(processesWith("4321")).toBe(0);
    await driver.release(handle);
  });

  it("is another's when the process number was used again", async () => {
    const spec = workspace.shell("sleep 1000");
    const handle = await driver.start(spec);
    const stranger = {
      ...handle,
      startTicks: handle.startTicks - 1,
      stateDirectory: "/nonexistent",
    };
    expect(await driver.isRunning(stranger)).toBe(false);
    await driver.stop(stranger, 0);
    expect(await driver.isRunning(handle)).toBe(true);
    await driver.stop(handle, 0);
    await driver.release(handle);
  });

  it("of many at once ends for all of them", async () => {
    const specs = Array.from({ length: 12 }, () => workspace.shell("exec sleep 1234"));
    const handles = await Promise.all(specs.map((spec) => driver.start(spec)));
    expect(await Promise.all(handles.map((handle) => driver.isRunning(handle)))).not.toContain(
      false,
    );
    await Promise.all(handles.map((handle) => driver.stop(handle, 1000)));
    expect(processesWith("1234")).toBe(0);
    await Promise.all(handles.map((handle) => driver.release(handle)));
  });
});
