import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { RunSpec } from "../driver.ts";
import { checkSpec, prepareMountPoints } from "./check-spec.ts";

const directory = mkdtempSync(join(tmpdir(), "bastide-check-"));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const good: RunSpec = {
  id: "0190-abc",
  command: ["true"],
  environment: { A: "1" },
  workingDirectory: "/app",
  mounts: [{ source: "/srv/app", target: "/app", writable: true }],
  uid: 200001,
  limits: { memoryBytes: 1, cpuMillis: 1, processes: 1, openFiles: 1 },
  stdout: "/log",
  stderr: "/log",
  stateDirectory: "/state",
};

function mountAt(target: string, source = "/srv/x"): Partial<RunSpec> {
  return { mounts: [{ source, target, writable: false }] };
}

describe("what a run may be", () => {
  it("is anything that is well-formed", () => {
    expect(() => checkSpec(good, true)).not.toThrow();
  });

  it.each<readonly [string, Partial<RunSpec>]>([
    ["an id that climbs", { id: "../x" }],
    ["an id with a slash", { id: "a/b" }],
    ["no command", { command: [] }],
    ["a relative working directory", { workingDirectory: "app" }],
    ["root's uid", { uid: 0 }],
    ["a NUL in a word", { command: ["a\0b"] }],
    ["a NUL in a variable", { environment: { A: "\0--bind" } }],
    ["a variable without a name", { environment: { "": "x" } }],
    ["a variable's name with a sign of its own", { environment: { "A=B": "x" } }],
    ["a limit of nothing", { limits: { ...good.limits, memoryBytes: 0 } }],
    ["a limit without end", { limits: { ...good.limits, processes: Number.POSITIVE_INFINITY } }],
    ["a mount over the root", mountAt("/")],
    ["a mount over the base system", mountAt("/usr/local/x")],
    ["a mount over /etc", mountAt("/etc/passwd")],
    ["a mount target that climbs", mountAt("/app/../etc")],
    ["a relative source", mountAt("/app", "srv")],
  ])("is not %s", (_, change) => {
    expect(() => checkSpec({ ...good, ...change }, true)).toThrow(
      expect.objectContaining({ code: "start-failed" }),
    );
  });

  it("needs no uid for an ordinary user", () => {
    const { uid: _, ...spec } = good;
    expect(() => checkSpec(spec, false)).not.toThrow();
    expect(() => checkSpec(spec, true)).toThrow("uid of its own");
  });
});

describe("a mount point inside a writable mount", () => {
  function nested(name: string): RunSpec {
    return {
      ...good,
      mounts: [
        { source: join(directory, name), target: "/app", writable: true },
        { source: "/srv/modules", target: "/app/deep/node_modules", writable: false },
      ],
    };
  }

  it("is made where it is missing", () => {
    mkdirSync(join(directory, "plain"));
    prepareMountPoints(nested("plain"));
    expect(statSync(join(directory, "plain/deep/node_modules")).isDirectory()).toBe(true);
  });

  it("is refused where a link stands in the way, at any depth", () => {
    mkdirSync(join(directory, "trap"));
    symlinkSync("/etc", join(directory, "trap/deep"));
    expect(() => prepareMountPoints(nested("trap"))).toThrow("not a directory");
  });
});
