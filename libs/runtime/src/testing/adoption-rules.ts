import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { ExitStatus, RunHandle } from "../driver.ts";
import type { ConformanceBench } from "./conformance.ts";
import { textOf, until } from "./workspace.ts";

const NEVER = new AbortController().signal;

/** A handle as it comes back from a disk. */
function reread(handle: RunHandle): RunHandle {
  return structuredClone(handle);
}

/** A driver that can't see how somebody else's child ended says nothing, but never something else. */
function expectSeen(exit: ExitStatus, code: number): void {
  expect([{ code }, {}]).toContainEqual(exit);
}

/** What a driver can do with a run that it did not start. */
export function adoptionRules(bench: ConformanceBench): void {
  describe("an adopted run", () => {
    it("is running, and its end is seen", async () => {
      const script = "while [ ! -e go ]; do sleep 0.02; done; exit 5";
      const spec = bench.workspace.shell(script, { workingDirectory: "/data" });
      const handle = reread(await bench.start(spec));
      const another = await bench.anotherDriver();
      expect(await another.isRunning(handle)).toBe(true);
      await writeFile(bench.workspace.path("data", "go"), "");
      expectSeen(await another.waitForExit(handle, NEVER), 5);
      expect(await another.isRunning(handle)).toBe(false);
    });

    it("can be stopped, gently first", async () => {
      const spec = bench.workspace.shell(
        "trap 'exit 4' TERM; echo ready; while :; do sleep 0.05; done",
      );
      const handle = reread(await bench.start(spec));
      await until("ready", () => textOf(spec.stdout).includes("ready"));
      const another = await bench.anotherDriver();
      expectSeen(await another.stop(handle, 10_000), 4);
      expect(await another.isRunning(handle)).toBe(false);
    });

    it("can be waited for in vain: an aborted wait rejects with its reason", async () => {
      const handle = reread(await bench.start(bench.workspace.shell("sleep 1000")));
      const another = await bench.anotherDriver();
      const controller = new AbortController();
      const waiting = another.waitForExit(handle, controller.signal);
      controller.abort(new Error("enough"));
      await expect(waiting).rejects.toThrow("enough");
      expect(await another.isRunning(handle)).toBe(true);
    });

    it("can be looked into and measured", async () => {
      const handle = reread(await bench.start(bench.workspace.shell("sleep 1000")));
      const another = await bench.anotherDriver();
      const options = { timeoutMs: 10_000, maxOutputBytes: 1000 };
      expect((await another.execute(handle, ["echo", "hello"], options)).output).toBe("hello\n");
      expect((await another.usage(handle))?.processes).toBeGreaterThan(0);
    });

    it("of another boot is over, and nothing is done to whoever has its number now", async () => {
      const handle = await bench.start(bench.workspace.shell("sleep 1000"));
      const earlier = { ...handle, bootId: "00000000-0000-0000-0000-000000000000" };
      const another = await bench.anotherDriver();
      expect(await another.isRunning(earlier)).toBe(false);
      await another.stop(earlier, 0);
      expect(await another.isRunning(handle)).toBe(true);
    });
  });
}
