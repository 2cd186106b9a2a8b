import { describe, expect, it } from "vitest";
import { RuntimeError } from "../driver.ts";
import { isolationFacts, parseProbe, type Probe, requireMinimum } from "./facts.ts";
import type { Machine } from "./machine.ts";
import type { Controller } from "./control-groups.ts";
import { TOOL_PACKAGES } from "./tools.ts";

const controllers = new Set<Controller>(["memory", "cpu", "pids"]);
const machine: Machine = {
  asRoot: true,
  tools: new Map(Object.keys(TOOL_PACKAGES).map((name) => [name as "sh", `/usr/bin/${name}`])),
  base: [],
  sandboxed: true,
  seccomp: Buffer.alloc(8),
  hierarchies: [{ version: "cgroup-v2", directory: "/x", controllers }],
  countsProcesses: false,
  strayDescriptors: [],
  maxOpenFiles: 1000,
};

const NONE = "0000000000000000";
const capabilities = ["Inh", "Prm", "Eff", "Bnd", "Amb"]
  .map((set) => `Cap${set}:\t${NONE}\n`)
  .join("");
const output = `Uid:\t65534\t65534\n${capabilities}NoNewPrivs:\t1\nSeccomp:\t2\nmnt:[1]\npid:[2]\nipc:[3]\nuts:[4]\n`;
const probe: Probe = { ...parseProbe(output), refusals: [] };

/** The same run, but for one thing that it saw of itself. */
const changed = (from: string, to: string): Probe => ({
  ...probe,
  ...parseProbe(output.replace(from, to)),
});

describe("isolation facts", () => {
  it("say all of it, and nothing missing, where all is there", () => {
    expect(isolationFacts(machine, probe)).toEqual({
      ownUid: true,
      namespaces: ["mnt", "pid", "ipc", "uts"],
      seccomp: true,
      noNewPrivileges: true,
      noCapabilities: true,
      memoryLimit: "cgroup-v2",
      cpuLimit: "cgroup-v2",
      processLimit: "cgroup-v2",
      missing: [],
    });
  });

  it("count only what was seen from inside", () => {
    const unfiltered = {
      ...parseProbe(output.replace("Seccomp:\t2", "Seccomp:\t0")),
      refusals: [],
    };
    const facts = isolationFacts(machine, unfiltered);
    expect(facts.seccomp).toBe(false);
    expect(facts.missing.join()).toContain("System calls are not filtered");
  });

  it("name each limit that is weaker, with the fix and with what was tried", () => {
    const user = { ...machine, asRoot: false, hierarchies: [], countsProcesses: true };
    const facts = isolationFacts(user, { ...probe, refusals: ["EACCES: mkdir"] });
    expect(facts).toMatchObject({
      memoryLimit: "rlimit",
      cpuLimit: "none",
      processLimit: "rlimit",
    });
    expect(facts.missing).toHaveLength(4);
    expect(facts.missing.join("\n")).toContain("Nor is it shared by weight: a build takes as much");
    expect(facts.missing.join("\n")).toMatch(/Delegate=yes[\s\S]*Tried and refused: EACCES: mkdir/);
  });
});

describe("the minimum as root", () => {
  it("is met by everything together", () => {
    expect(() => requireMinimum(machine, isolationFacts(machine, probe))).not.toThrow();
  });

  it.each([
    ["a namespace", machine, { ...probe, namespaces: ["mnt:[1]", "ipc:[3]"] }],
    ["the filter", machine, changed("Seccomp:\t2", "Seccomp:\t0")],
    ["no-new-privileges", machine, changed("NoNewPrivs:\t1", "NoNewPrivs:\t0")],
    ["its own uid", machine, changed("Uid:\t65534", "Uid:\t0")],
    ["an empty effective set", machine, changed(`CapEff:\t${NONE}`, "CapEff:\t0000000000000400")],
    ["an empty permitted set", machine, changed(`CapPrm:\t${NONE}`, "CapPrm:\t0000000000000400")],
    ["an empty inheritable set", machine, changed(`CapInh:\t${NONE}`, "CapInh:\t0000000000000400")],
    ["an empty ambient set", machine, changed(`CapAmb:\t${NONE}`, "CapAmb:\t0000000000000400")],
    ["an empty bounding set", machine, changed(`CapBnd:\t${NONE}`, "CapBnd:\t000001ffffffffff")],
    ["saying its bounding set", machine, changed(`CapBnd:\t${NONE}\n`, "")],
    ["limits that bind", { ...machine, hierarchies: [] }, probe],
    [
      "one limit that binds",
      {
        ...machine,
        hierarchies: [
          { version: "cgroup-v2", directory: "/x", controllers: new Set(["memory", "pids"]) },
        ],
      },
      probe,
    ],
    ["everything", machine, { status: "", namespaces: [], refusals: ["no"] }],
  ] satisfies readonly (readonly [string, Machine, Probe])[])(
    "is a failure that names the fact without %s",
    (_, weaker, seen) => {
      const facts = isolationFacts(weaker, seen);
      expect(() => requireMinimum(weaker, facts)).toThrow(RuntimeError);
      expect(facts.missing).not.toEqual([]);
    },
  );

  it("is asked of nobody else", () => {
    const user = { ...machine, asRoot: false, hierarchies: [] };
    expect(() => requireMinimum(user, isolationFacts(user, probe))).not.toThrow();
  });
});
