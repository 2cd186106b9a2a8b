import { describe, expect, it } from "vitest";
import type { ConformanceBench } from "./conformance.ts";
import { textOf, until } from "./workspace.ts";

const NEVER = new AbortController().signal;
const STUBBORN = "trap '' TERM; echo ready; while :; do sleep 1; done";

/** How runs end, and that nothing of them is left. */
export function endRules(bench: ConformanceBench): void {
  describe("the end of a run", () => {
    it("is reported with its exit code, to everyone who asks and as often as they ask", async () => {
      const driver = await bench.driver();
      const handle = await bench.start(bench.workspace.shell("exit 7"));
      const both = [driver.waitForExit(handle, NEVER), driver.waitForExit(handle, NEVER)];
      expect(await Promise.all(both)).toEqual([{ code: 7 }, { code: 7 }]);
      expect(await driver.waitForExit(handle, NEVER)).toEqual({ code: 7 });
      expect(await driver.isRunning(handle)).toBe(false);
    });

    it("names the signal that ended it", async () => {
      const driver = await bench.driver();
      const handle = await bench.start(bench.workspace.shell("kill -SEGV $$"));
      expect(await driver.waitForExit(handle, NEVER)).toMatchObject({ signal: "SIGSEGV" });
    });

    it("is a failure when the command can't be found", async () => {
      const driver = await bench.driver();
      const exit = await driver.runOnce(bench.workspace.spec(["/no/such/command"]), NEVER);
      expect(exit.code).toBeGreaterThan(0);
    });

    it("takes with it every process that the command left behind", async () => {
      const driver = await bench.driver();
      const loop = "while :; do echo beat >> beats; sleep 0.02; done";
      const script = `setsid sh -c '${loop}' & while [ ! -s beats ]; do sleep 0.02; done`;
      const handle = await bench.start(
        bench.workspace.shell(script, { workingDirectory: "/data" }),
      );
      await driver.waitForExit(handle, NEVER);
      expect(await driver.isRunning(handle)).toBe(false);
      const beats = textOf(bench.workspace.path("data", "beats"));
      await driver.runOnce(bench.workspace.shell("sleep 0.2"), NEVER);
      expect(textOf(bench.workspace.path("data", "beats"))).toBe(beats);
    });

    it("takes what a command left that ended at once", async () => {
      const driver = await bench.driver();
      const handle = await bench.start(bench.workspace.shell("setsid sleep 1000 &"));
      await driver.waitForExit(handle, NEVER);
      expect(await driver.isRunning(handle)).toBe(false);
      expect(await driver.usage(handle)).toBeUndefined();
    });
  });
  stopRules(bench);
  waitRules(bench);
}

function stopRules(bench: ConformanceBench): void {
  describe("the end that stop brings", () => {
    it("begins with SIGTERM and time to finish", async () => {
      const driver = await bench.driver();
      const script = "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
      const spec = bench.workspace.shell(script);
      const handle = await bench.start(spec);
      await until("ready", () => textOf(spec.stdout).includes("ready"));
      expect(await driver.stop(handle, 10_000)).toEqual({ code: 3 });
      expect(textOf(spec.stdout)).toBe("ready\nbye\n");
      expect(await driver.stop(handle, 10_000)).toEqual({ code: 3 });
    });

    it("is by force when the grace is over, and not before", async () => {
      const driver = await bench.driver();
      const spec = bench.workspace.shell(STUBBORN);
      const handle = await bench.start(spec);
      await until("ready", () => textOf(spec.stdout).includes("ready"));
      const begun = performance.now();
      expect(await driver.stop(handle, 300)).toMatchObject({ signal: "SIGKILL" });
      expect(performance.now() - begun).toBeGreaterThanOrEqual(295);
      expect(await driver.isRunning(handle)).toBe(false);
    });
  });
}

function waitRules(bench: ConformanceBench): void {
  describe("waiting for the end", () => {
    it("can be aborted: it rejects with the reason and the run goes on", async () => {
      const driver = await bench.driver();
      const handle = await bench.start(bench.workspace.shell("sleep 1000"));
      const reason = new Error("enough");
      const controller = new AbortController();
      const waiting = driver.waitForExit(handle, controller.signal);
      controller.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      expect(await driver.isRunning(handle)).toBe(true);
    });

    it("ends a run that was to be run to its end, when that is aborted", async () => {
      const driver = await bench.driver();
      const spec = bench.workspace.shell(STUBBORN);
      const controller = new AbortController();
      const running = driver.runOnce(spec, controller.signal);
      await until("ready", () => textOf(spec.stdout).includes("ready"));
      controller.abort(new Error("cancelled"));
      await expect(running).rejects.toThrow("cancelled");
      expect(await driver.find(spec.id, spec.stateDirectory)).toBeUndefined();
    });

    it("leaves nothing of the driver's once released, which may be asked for twice", async () => {
      const driver = await bench.driver();
      const handle = await bench.start(bench.workspace.shell("true"));
      await driver.waitForExit(handle, NEVER);
      await driver.release(handle);
      await driver.release(handle);
      expect(await driver.isRunning(handle)).toBe(false);
      expect(await driver.usage(handle)).toBeUndefined();
    });
  });
}
