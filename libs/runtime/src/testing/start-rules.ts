import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ConformanceBench } from "./conformance.ts";
import { textOf } from "./workspace.ts";

const NEVER = new AbortController().signal;

/** What a run sees of the world. */
export function startRules(bench: ConformanceBench): void {
  describe("a run", () => {
    it("gets its arguments as they are, whatever characters they hold", async () => {
      const words = ["$HOME", "a b", "'\"", "*", "-n", ";true", "ü", ""];
      const spec = bench.workspace.spec(["/usr/bin/printf", "%s\\n", ...words]);
      await (await bench.driver()).runOnce(spec, NEVER);
      expect(textOf(spec.stdout).split("\n")).toEqual([...words, ""]);
    });

    it("has the environment that it was given and none of the driver's", async () => {
      const environment = { PATH: "/usr/bin:/bin", A: "one", B: "two\nlines", LD_BIND_NOW: "1" };
      const spec = bench.workspace.spec(["/usr/bin/env", "-0"], { environment });
      await (await bench.driver()).runOnce(spec, NEVER);
      const variables = textOf(spec.stdout).split("\0").filter(Boolean);
      // A driver may add the working directory's name and its own mark, and nothing else.
      expect(variables.filter((text) => !/^(PWD|BASTIDE_RUN)=/.test(text)).toSorted()).toEqual(
        Object.entries(environment)
          .map(([name, value]) => `${name}=${value}`)
          .toSorted(),
      );
    });

    it("begins in its working directory", async () => {
      const spec = bench.workspace.shell("pwd", { workingDirectory: "/data" });
      await (await bench.driver()).runOnce(spec, NEVER);
      expect(textOf(spec.stdout)).toMatch(/data\n$/);
    });

    it("appends to its logs, both to one file if told so", async () => {
      const spec = bench.workspace.shell("echo out; echo err >&2");
      writeFileSync(spec.stdout, "before\n");
      await (await bench.driver()).runOnce({ ...spec, stderr: spec.stdout }, NEVER);
      expect(textOf(spec.stdout)).toBe("before\nout\nerr\n");
    });

    it("has nothing to read on stdin", async () => {
      const spec = bench.workspace.shell("cat; echo end");
      await (await bench.driver()).runOnce(spec, NEVER);
      expect(textOf(spec.stdout)).toBe("end\n");
    });
  });
  mountRules(bench);
}

function mountRules(bench: ConformanceBench): void {
  describe("a run's mounts", () => {
    it("leave what the run writes to a writable one on the host", async () => {
      const spec = bench.workspace.shell("echo kept > kept.txt", { workingDirectory: "/data" });
      await (await bench.driver()).runOnce(spec, NEVER);
      expect(textOf(bench.workspace.path("data", "kept.txt"))).toBe("kept\n");
    });

    it("may lie inside each other", async () => {
      const { workspace } = bench;
      mkdirSync(workspace.path("modules"), { recursive: true });
      writeFileSync(workspace.path("modules", "name"), "inner\n");
      const spec = workspace.shell("cat node_modules/name");
      const inner = { source: workspace.path("modules"), target: "/app/node_modules" };
      const mounts = [{ ...inner, writable: false }, ...spec.mounts];
      await (await bench.driver()).runOnce({ ...spec, mounts }, NEVER);
      expect(textOf(spec.stdout)).toBe("inner\n");
    });
  });
}
