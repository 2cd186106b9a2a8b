import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type Controller,
  type Hierarchy,
  limitedBy,
  limitFiles,
  removeControlGroups,
} from "./control-groups.ts";
import { candidateParents, parseCgroupMounts, parseOwnGroup } from "./hierarchies.ts";

const limits = { memoryBytes: 64_000_000, cpuMillis: 250, processes: 10, openFiles: 1 };
const all = new Set<Controller>(["memory", "cpu", "pids", "cpuacct"]);

function asObject(version: "cgroup-v1" | "cgroup-v2", controllers = all): Record<string, string> {
  return Object.fromEntries(
    limitFiles(version, controllers, limits).map(({ file, value }) => [file, value]),
  );
}

describe("limits of a control group", () => {
  it("are these files in version 2, with two processes more for the sandbox itself", () => {
    expect(asObject("cgroup-v2")).toEqual({
      "memory.max": "64000000",
      "memory.swap.max": "0",
      "cpu.weight": "100",
      "cpu.max": "25000 100000",
      "pids.max": "12",
    });
  });

  it("are these files in version 1, memory before memory and swap", () => {
    const files = asObject("cgroup-v1");
    expect(files).toEqual({
      "memory.limit_in_bytes": "64000000",
      "memory.memsw.limit_in_bytes": "64000000",
      "cpu.shares": "1024",
      "cpu.cfs_period_us": "100000",
      "cpu.cfs_quota_us": "25000",
      "pids.max": "12",
    });
    expect(Object.keys(files)[0]).toBe("memory.limit_in_bytes");
  });

  it("are only those of the controllers that are there", () => {
    expect(asObject("cgroup-v2", new Set(["pids"]))).toEqual({ "pids.max": "12" });
  });

  it("never ask for less CPU time than the kernel gives", () => {
    const [, cpu] = limitFiles("cgroup-v2", new Set(["cpu"]), { ...limits, cpuMillis: 1 });
    expect(cpu?.value).toBe("1000 100000");
  });

  it("weigh as much as is said, in each version's own measure", () => {
    const weighty = { ...limits, cpuWeight: 1_000 };
    const first = (version: "cgroup-v1" | "cgroup-v2") =>
      limitFiles(version, new Set(["cpu"]), weighty)[0];
    expect(first("cgroup-v1")).toEqual({ file: "cpu.shares", value: "10240" });
    expect(first("cgroup-v2")).toEqual({ file: "cpu.weight", value: "1000" });
  });

  it("name the mechanism of each controller", () => {
    const hierarchy: Hierarchy = {
      version: "cgroup-v1",
      directory: "/x",
      controllers: new Set(["cpu"]),
    };
    expect(limitedBy([hierarchy], "cpu")).toBe("cgroup-v1");
    expect(limitedBy([hierarchy], "memory")).toBeUndefined();
  });

  it("may be removed when they are gone already", async () => {
    const directory = await mkdtemp(join(tmpdir(), "bastide-groups-"));
    const group = { version: "cgroup-v2", directory, controllers: [] } as const;
    await removeControlGroups([group]);
    await expect(removeControlGroups([group])).resolves.toBeUndefined();
    await rm(directory, { recursive: true, force: true });
  });
});

describe("where control groups can be", () => {
  it("reads both versions from mountinfo, each version 1 hierarchy with its controllers", () => {
    const text = [
      "22 1 8:1 / / rw - ext4 /dev/vda rw",
      "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct",
      "34 31 0:31 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio",
      "35 31 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate",
      "",
    ].join("\n");
    expect(parseCgroupMounts(text)).toEqual([
      {
        version: "cgroup-v1",
        directory: "/sys/fs/cgroup/cpu,cpuacct",
        controllers: ["cpu", "cpuacct"],
      },
      { version: "cgroup-v2", directory: "/sys/fs/cgroup/unified", controllers: [] },
    ]);
  });

  it("tries the top of version 2 first, then our own group's ancestors from above", () => {
    const own = parseOwnGroup("4:memory:/x\n0::/user.slice/user-1000.slice/app.scope\n");
    expect(candidateParents("/sys/fs/cgroup", own)).toEqual([
      "/sys/fs/cgroup",
      "/sys/fs/cgroup/user.slice",
      "/sys/fs/cgroup/user.slice/user-1000.slice",
      "/sys/fs/cgroup/user.slice/user-1000.slice/app.scope",
    ]);
    expect(candidateParents("/sys/fs/cgroup", parseOwnGroup("4:memory:/x\n"))).toEqual([
      "/sys/fs/cgroup",
    ]);
  });
});
