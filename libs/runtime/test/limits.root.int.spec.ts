import { afterAll, describe, expect, it } from "vitest";
import { ProcessDriver } from "../src/index.ts";
import { textOf, until, Workspace } from "../src/testing/index.ts";
import { removeControlGroup } from "./control-group-cleanup.ts";

const NEVER = new AbortController().signal;
const MEBIBYTE = 1024 * 1024;

const driver = new ProcessDriver({ controlGroup: `bastide-limits-${process.pid}` });
const workspace = new Workspace();
const base = workspace.shell("").limits;

afterAll(async () => {
  workspace.remove();
  await removeControlGroup(`bastide-limits-${process.pid}`);
});

describe("limits (need root and writable control groups)", () => {
  it("kills what goes over its memory, and says that this was why", async () => {
    const limits = { ...base, memoryBytes: 32 * MEBIBYTE };
    const spec = workspace.spec(["/usr/bin/perl", "-e", "$x = q(a) x 100_000_000"], { limits });
    expect(await driver.runOnce(spec, NEVER)).toEqual({
      code: 137,
      signal: "SIGKILL",
      outOfMemory: true,
    });
  });

  it("counts what lies in /tmp as memory, and lets it be no more", async () => {
    const limits = { ...base, memoryBytes: 32 * MEBIBYTE };
    const spec = workspace.shell("head -c 60M /dev/zero > /tmp/big; echo $?", { limits });
    await driver.runOnce(spec, NEVER);
    expect(textOf(spec.stdout)).not.toBe("0\n");
  });

  it("gives the CPU time that was asked for and no more", async () => {
    const limits = { ...base, cpuMillis: 200 };
    const spec = workspace.shell("echo begun; while :; do :; done", { limits });
    const handle = await driver.start(spec);
    await until("begun", () => textOf(spec.stdout) !== "");
    const before = await driver.usage(handle);
    const begun = performance.now();
    await until("half a second", () => performance.now() - begun > 500);
    const after = await driver.usage(handle);
    const share = ((after?.cpuMs ?? 0) - (before?.cpuMs ?? 0)) / (performance.now() - begun);
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.35);
    await driver.stop(handle, 0);
    await driver.release(handle);
  });

  it("shares a core that is not enough for two by their weights", async () => {
    const busy = "echo begun; exec taskset -c 0 /bin/sh -c 'while :; do :; done'";
    const start = async (limits: typeof base) => {
      const spec = workspace.shell(busy, { limits });
      const handle = await driver.start(spec);
      await until("begun", () => textOf(spec.stdout) !== "");
      return handle;
    };
    const light = await start(base);
    const heavy = await start({ ...base, cpuWeight: 1_000 });
    const used = async () => [
      (await driver.usage(heavy))?.cpuMs ?? 0,
      (await driver.usage(light))?.cpuMs ?? 0,
    ];
    const [heavyBefore = 0, lightBefore = 0] = await used();
    let [heavyGained, lightGained] = [0, 0];
    await until("a third of a second of CPU time", async () => {
      const [heavyNow = 0, lightNow = 0] = await used();
      [heavyGained, lightGained] = [heavyNow - heavyBefore, lightNow - lightBefore];
      return heavyGained > 330;
    });
    for (const handle of [light, heavy]) {
      await driver.stop(handle, 0);
      await driver.release(handle);
    }
    expect(heavyGained).toBeGreaterThan(4 * lightGained);
  });

  it("ends a fork bomb completely", async () => {
    const limits = { ...base, processes: 40 };
    const spec = workspace.shell("b() { b | b & }; b; exec sleep 1000", { limits });
    const handle = await driver.start(spec);
    await until("the limit", () => textOf(spec.stderr).includes("fork"));
    await driver.stop(handle, 0);
    expect(await driver.isRunning(handle)).toBe(false);
    await driver.release(handle);
  });

  it("holds commands inside a run to the run's limits", async () => {
    const limits = { ...base, memoryBytes: 32 * MEBIBYTE };
    const handle = await driver.start(workspace.shell("sleep 1000", { limits }));
    const command = ["/usr/bin/perl", "-e", "$x = q(a) x 100_000_000"];
    const options = { timeoutMs: 10_000, maxOutputBytes: 100 };
    expect((await driver.execute(handle, command, options)).exit.code).toBe(137);
    expect(await driver.isRunning(handle)).toBe(true);
    await driver.stop(handle, 0);
    await driver.release(handle);
  });
});
