import { describe, expect, it } from "vitest";
import { RuntimeError } from "../driver.ts";
import type { ConformanceBench } from "./conformance.ts";
import { TEST_UID, textOf, until } from "./workspace.ts";

const OPTIONS = { timeoutMs: 10_000, maxOutputBytes: 10_000 };

/** Commands inside a living run, and what a run uses. */
export function commandRules(bench: ConformanceBench): void {
  describe("a command inside a run", () => {
    it("has the run's user, environment, directory and files", async () => {
      const environment = { PATH: "/usr/bin:/bin", SECRET: "of the run" };
      const spec = bench.workspace.shell("echo mine > own; echo ready; sleep 1000", {
        environment,
      });
      const handle = await bench.start(spec);
      await until("ready", () => textOf(spec.stdout) === "ready\n");
      const driver = await bench.driver();
      const script = 'id -u; echo "$SECRET"; pwd; cat own';
      const result = await driver.execute(handle, ["/bin/sh", "-c", script], OPTIONS);
      const uid = process.getuid?.() === 0 ? TEST_UID : process.getuid?.();
      expect(result.exit).toEqual({ code: 0 });
      expect(result.output).toMatch(new RegExp(`^${uid}\nof the run\n.*app\nmine\n$`));
    });

    it("tells its exit code and both of its outputs", async () => {
      const handle = await bench.start(bench.workspace.shell("sleep 1000"));
      const command = ["/bin/sh", "-c", "echo out; echo err >&2; exit 9"];
      const result = await (await bench.driver()).execute(handle, command, OPTIONS);
      expect(result).toMatchObject({ exit: { code: 9 }, timedOut: false });
      expect(result.output.split("\n").toSorted()).toEqual(["", "err", "out"]);
    });
  });
  boundRules(bench);
  usageRules(bench);
}

function boundRules(bench: ConformanceBench): void {
  describe("the bounds of a command inside a run", () => {
    it("cut its output and still let it end", async () => {
      const handle = await bench.start(bench.workspace.shell("sleep 1000"));
      const command = ["/bin/sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x; exit 2"];
      const options = { ...OPTIONS, maxOutputBytes: 100 };
      const result = await (await bench.driver()).execute(handle, command, options);
      expect(result).toEqual({ exit: { code: 2 }, output: "x".repeat(100), timedOut: false });
    });

    it("kill it with its children when its time is over, and the run goes on", async () => {
      const driver = await bench.driver();
      const handle = await bench.start(bench.workspace.shell("sleep 1000"));
      const loop = "while :; do echo beat >> command-beats; sleep 0.02; done";
      const script = `trap '' TERM; cd "$HOME"; echo beat > command-beats; (${loop}) & echo begun; sleep 1000`;
      const command = ["/bin/sh", "-c", script];
      const result = await driver.execute(handle, command, { ...OPTIONS, timeoutMs: 3000 });
      expect(result).toMatchObject({ output: "begun\n", timedOut: true });
      const beats = textOf(bench.workspace.path("data", "command-beats"));
      expect(beats).not.toBe("");
      await driver.execute(handle, ["/bin/sleep", "0.2"], OPTIONS);
      expect(textOf(bench.workspace.path("data", "command-beats"))).toBe(beats);
      expect(await driver.isRunning(handle)).toBe(true);
    });

    it("are the run's own: when that is over, it is refused", async () => {
      const driver = await bench.driver();
      const handle = await bench.start(bench.workspace.shell("true"));
      await driver.waitForExit(handle, new AbortController().signal);
      const refused = driver.execute(handle, ["true"], OPTIONS);
      await expect(refused).rejects.toThrow(RuntimeError);
      await expect(refused).rejects.toMatchObject({ code: "not-running" });
    });
  });
}

function usageRules(bench: ConformanceBench): void {
  describe("usage", () => {
    it("counts memory, CPU time and processes of all of the run, and nothing once it is over", async () => {
      const driver = await bench.driver();
      const script =
        "sleep 1000 & i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo busy; wait";
      const spec = bench.workspace.shell(script);
      const handle = await bench.start(spec);
      await until("busy", () => textOf(spec.stdout).includes("busy"));
      const usage = await driver.usage(handle);
      expect(usage?.processes).toBe(2);
      expect(usage?.memoryBytes).toBeGreaterThan(100_000);
      expect(usage?.cpuMs).toBeGreaterThan(5);
      await driver.stop(handle, 0);
      expect(await driver.usage(handle)).toBeUndefined();
    });
  });
}
