import { describe, expect, it } from "vitest";
import type { RunSpec } from "../driver.ts";
import {
  directoriesToMake,
  innerCommand,
  sandboxCommand,
  type SandboxFacts,
  sandboxOptions,
} from "./sandbox.ts";

const facts: SandboxFacts = {
  asRoot: true,
  base: [
    { kind: "bind", path: "/usr" },
    { kind: "symlink", path: "/bin", target: "usr/bin" },
    { kind: "bind", path: "/etc/hosts" },
  ],
  bwrap: "/usr/bin/bwrap",
  env: "/usr/bin/env",
  setpriv: "/usr/bin/setpriv",
  prlimit: "/usr/bin/prlimit",
  seccomp: true,
  processLimit: undefined,
};

const spec: RunSpec = {
  id: "a",
  command: ["node", "server.js"],
  environment: { PATH: "/usr/bin", SECRET: "hidden", LD_PRELOAD: "/app/x.so" },
  workingDirectory: "/app",
  mounts: [
    { source: "/host/modules", target: "/app/node_modules", writable: false },
    { source: "/host/app", target: "/app", writable: true },
    { source: "/host/token", target: "/run/bastide/token", writable: false },
  ],
  uid: 200001,
  limits: { memoryBytes: 1000, cpuMillis: 500, processes: 10, openFiles: 100 },
  stdout: "/log",
  stderr: "/log",
  stateDirectory: "/state",
};

const files = { passwd: "/state/passwd", group: "/state/group" };

function at(words: readonly string[], ...sequence: readonly string[]): number {
  return words.findIndex((_, index) =>
    sequence.every((word, step) => words[index + step] === word),
  );
}

describe("the sandbox's arguments", () => {
  const command = sandboxCommand(spec, facts);
  const options = sandboxOptions(spec, facts, files);

  it("hold no variable, no mount and no option of the tenant's in the public list", () => {
    expect(command.join(" ")).not.toMatch(/hidden|\/host|SECRET/);
    expect(at(command, "--args", "3")).toBeGreaterThan(0);
  });

  it("clear the environment before anything is set", () => {
    expect(options[0]).toBe("--clearenv");
    expect(at(options, "--setenv", "SECRET", "hidden")).toBeGreaterThan(0);
  });

  it("give the loader's variables to the command alone, after every right is dropped", () => {
    expect(options).not.toContain("LD_PRELOAD");
    const setpriv = command.indexOf("/usr/bin/setpriv");
    const env = at(command, "/usr/bin/env", "LD_PRELOAD=/app/x.so", "node", "server.js");
    expect(setpriv).toBeGreaterThan(0);
    expect(env).toBeGreaterThan(setpriv);
  });

  it("mount outer directories before those inside them", () => {
    const outer = at(options, "--bind", "/host/app", "/app");
    expect(outer).toBeGreaterThan(0);
    expect(at(options, "--ro-bind", "/host/modules", "/app/node_modules")).toBeGreaterThan(outer);
  });

  it("make the root read-only once every mount point is there", () => {
    expect(options.slice(-4)).toEqual(["--remount-ro", "/", "--chdir", "/app"]);
  });

  it("name each namespace, and a user namespace for ordinary users only", () => {
    for (const kind of ["pid", "ipc", "uts"]) expect(command).toContain(`--unshare-${kind}`);
    expect(command).not.toContain("--unshare-user");
    const asUser = sandboxCommand(spec, { ...facts, asRoot: false });
    expect(asUser).toContain("--unshare-user");
    expect(asUser).not.toContain("/usr/bin/setpriv");
    expect(asUser).not.toContain("--cap-add");
  });

  it("never share the run's life with the caller's", () => {
    expect(command).not.toContain("--die-with-parent");
  });

  it("keep the right to low ports for a run that is to have it, to its end", () => {
    const low = sandboxCommand({ ...spec, lowPorts: true }, facts);
    expect(low).toContain("CAP_NET_BIND_SERVICE");
    for (const set of ["bounding-set", "inh-caps", "ambient-caps"])
      expect(low).toContain(`--${set}=-all,+net_bind_service`);
    const asUser = sandboxCommand({ ...spec, lowPorts: true }, { ...facts, asRoot: false });
    expect(asUser.join(" ")).not.toMatch(/net_bind/i);
    expect(command.join(" ")).not.toMatch(/net_bind/i);
  });

  it("keep only what setpriv needs, which drops it", () => {
    expect(at(command, "--cap-drop", "ALL")).toBeGreaterThan(0);
    expect(command.filter((word) => word.startsWith("CAP_"))).toEqual([
      "CAP_SETUID",
      "CAP_SETGID",
      "CAP_SETPCAP",
    ]);
    expect(command).toContain("--bounding-set=-all");
  });
});

describe("directories to make", () => {
  it("are every one above a target, outermost first, once", () => {
    expect(directoriesToMake(["/opt/a/b", "/opt/a/c", "/x"], [])).toEqual(["/opt", "/opt/a"]);
  });

  it("leave out those inside something mounted", () => {
    expect(directoriesToMake(["/app/node_modules", "/usr/share/x/y", "/app"], ["/usr"])).toEqual(
      [],
    );
  });
});

describe("the inner command", () => {
  it("limits processes inside the user namespace, where they are counted", () => {
    const inner = innerCommand(["run"], {}, undefined, {
      ...facts,
      asRoot: false,
      processLimit: 8,
    });
    expect(inner).toEqual(["/usr/bin/prlimit", "--nproc=8:8", "--", "run"]);
  });

  it("is the command itself where there is nothing to drop or limit", () => {
    expect(innerCommand(["run", "x"], {}, undefined, { ...facts, asRoot: false })).toEqual([
      "run",
      "x",
    ]);
  });
});
