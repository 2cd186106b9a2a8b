import { describe, expect, it } from "vitest";
import { dangerousVariables, safeVariables } from "./environment.ts";
import { fromChild, fromExitCode } from "./exit-status.ts";
import { identityFiles } from "./identity.ts";
import { launchArguments, resourceLimits } from "./launch.ts";
import { hostPath, plainCommand } from "./plain.ts";

const limits = { memoryBytes: 1000, cpuMillis: 1, processes: 1, openFiles: 500 };

describe("the launcher", () => {
  it("takes data as arguments only: its text is always the same", () => {
    const make = (processFile: string, command: string[]) =>
      launchArguments({
        shell: "/bin/sh",
        prlimit: "/usr/bin/prlimit",
        processFile,
        controlGroups: ["/cg/$(id)"],
        strayDescriptors: [7],
        resourceLimits: ["--nofile=1:1"],
        command,
      });
    const one = make("/state/;rm", ["a", "`b`"]);
    const two = make("/other", ["c"]);
    expect(one[2]).toBe(two[2]);
    expect(one.slice(3)).toEqual([
      "bastide-launch",
      "/state/;rm",
      "/cg/$(id)",
      "--",
      "7",
      "--",
      "/usr/bin/prlimit",
      "--nofile=1:1",
      "--",
      "a",
      "`b`",
    ]);
  });

  it("asks for no more files than this host can give", () => {
    expect(resourceLimits(limits, { maxOpenFiles: 100 }, undefined)).toContain("--nofile=100:100");
    expect(resourceLimits(limits, { maxOpenFiles: 900 }, 7)).toEqual([
      "--nofile=500:500",
      "--core=0:0",
      "--data=7:7",
    ]);
  });
});

describe("the environment", () => {
  it("is split into what tools with rights may see and what they may not", () => {
    const environment = {
      PATH: "/x",
      LD_PRELOAD: "y",
      LD_AUDIT: "z",
      GLIBC_TUNABLES: "t",
      LANG: "C",
    };
    expect(safeVariables(environment)).toEqual([
      ["PATH", "/x"],
      ["LANG", "C"],
    ]);
    expect(dangerousVariables(environment).map(([name]) => name)).toEqual([
      "LD_PRELOAD",
      "LD_AUDIT",
      "GLIBC_TUNABLES",
    ]);
  });
});

describe("how a run ended", () => {
  it("is a code, or a code and the signal that it stands for", () => {
    expect(fromExitCode(0)).toEqual({ code: 0 });
    expect(fromExitCode(128)).toEqual({ code: 128 });
    expect(fromExitCode(143)).toEqual({ code: 143, signal: "SIGTERM" });
    expect(fromChild(null, "SIGKILL")).toEqual({ signal: "SIGKILL" });
    expect(fromChild(null, null)).toEqual({});
  });
});

describe("the run's own passwd", () => {
  it("has its user, with the home that the run is told", () => {
    expect(identityFiles(200001, "/data").passwd).toContain(
      "app:x:200001:200001:app:/data:/bin/sh",
    );
  });

  it("can't be given another line by a home directory's name", () => {
    expect(identityFiles(200001, "/x\nroot2:x:0:0::/:").passwd).toContain(":app:/:/bin/sh");
  });
});

describe("a run without a sandbox", () => {
  const mounts = [
    { source: "/srv/app", target: "/app", writable: true },
    { source: "/srv/modules", target: "/app/node_modules", writable: false },
  ];

  it("finds the innermost mount behind a path", () => {
    expect(hostPath("/app/a", mounts)).toBe("/srv/app/a");
    expect(hostPath("/app/node_modules/x", mounts)).toBe("/srv/modules/x");
    expect(hostPath("/application", mounts)).toBe("/application");
  });

  it("has the sandbox's paths turned in words, variables and lists", () => {
    const plain = plainCommand({
      id: "a",
      command: ["/app/run", "--x=/app"],
      environment: { PATH: "/usr/bin:/app/bin", HOME: "/app" },
      workingDirectory: "/app",
      mounts,
      limits,
      stdout: "",
      stderr: "",
      stateDirectory: "",
    });
    expect(plain).toEqual({
      command: ["/srv/app/run", "--x=/app"],
      environment: { PATH: "/usr/bin:/srv/app/bin", HOME: "/srv/app", BASTIDE_RUN: "a" },
      workingDirectory: "/srv/app",
    });
  });
});
