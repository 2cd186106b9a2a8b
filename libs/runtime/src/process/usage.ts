import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Usage } from "../driver.ts";
import { type ControlGroup, type Controller, SANDBOX_PROCESSES } from "./control-groups.ts";
import { childrenOf, statOf, TICKS_PER_SECOND } from "./proc.ts";
import type { RunTrace } from "./remains.ts";

async function numberIn(path: string, pattern: RegExp = /^(\d+)/): Promise<number | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const match = text.match(pattern)?.[1];
  return match === undefined ? undefined : Number(match);
}

function groupWith(trace: RunTrace, controller: Controller): ControlGroup | undefined {
  return trace.controlGroups.find((group) => group.controllers.includes(controller));
}

/** Without the page cache that the kernel could take back at once. */
async function groupMemory(group: ControlGroup): Promise<number | undefined> {
  const v1 = group.version === "cgroup-v1";
  const total = await numberIn(
    join(group.directory, v1 ? "memory.usage_in_bytes" : "memory.current"),
  );
  const inactive = await numberIn(
    join(group.directory, "memory.stat"),
    v1 ? /^total_inactive_file (\d+)/m : /^inactive_file (\d+)/m,
  );
  return total === undefined ? undefined : Math.max(0, total - (inactive ?? 0));
}

async function groupCpuMs(trace: RunTrace): Promise<number | undefined> {
  const v1 = trace.controlGroups.find(
    (group) => group.version === "cgroup-v1" && group.controllers.includes("cpuacct"),
  );
  if (v1 !== undefined) {
    const nanoseconds = await numberIn(join(v1.directory, "cpuacct.usage"));
    return nanoseconds === undefined ? undefined : nanoseconds / 1e6;
  }
  const v2 = trace.controlGroups.find((group) => group.version === "cgroup-v2");
  if (v2 === undefined) return undefined;
  const microseconds = await numberIn(join(v2.directory, "cpu.stat"), /^usage_usec (\d+)/m);
  return microseconds === undefined ? undefined : microseconds / 1000;
}

/** A process and all below it, as long as the list can be trusted not to grow under our hands. */
function family(pid: number, depth = 64): number[] {
  if (depth === 0) return [];
  return [pid, ...childrenOf(pid).flatMap((child) => family(child, depth - 1))];
}

/** statm(5) counts in pages of at least this size; arm64 kernels with larger ones are read low. */
const PAGE_BYTES = 4096;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

async function familyUsage(trace: RunTrace): Promise<Usage> {
  // The sandbox's own processes are left out: outer, init.
  const top = trace.init?.pid ?? trace.outer.pid;
  const pids = family(top).filter((pid) => pid !== trace.init?.pid);
  const pages = await Promise.all(
    pids.map(async (pid) => (await numberIn(`/proc/${pid}/statm`, /^\d+ (\d+)/)) ?? 0),
  );
  const ticks = pids.map((pid) => {
    const stat = statOf(pid);
    return stat === undefined ? 0 : stat.userTicks + stat.systemTicks;
  });
  return {
    memoryBytes: sum(pages) * PAGE_BYTES,
    cpuMs: (sum(ticks) * 1000) / TICKS_PER_SECOND,
    processes: pids.length,
  };
}

/** From the run's control groups where it has them, from /proc otherwise. */
export async function usageOf(trace: RunTrace): Promise<Usage> {
  const memory = groupWith(trace, "memory");
  const pids = groupWith(trace, "pids");
  const [memoryBytes, cpuMs, members] = await Promise.all([
    memory === undefined ? undefined : groupMemory(memory),
    groupCpuMs(trace),
    pids === undefined ? undefined : numberIn(join(pids.directory, "pids.current")),
  ]);
  const processes = members === undefined ? undefined : Math.max(0, members - SANDBOX_PROCESSES);
  if (memoryBytes !== undefined && cpuMs !== undefined && processes !== undefined) {
    return { memoryBytes, cpuMs, processes };
  }
  const seen = await familyUsage(trace);
  return {
    memoryBytes: memoryBytes ?? seen.memoryBytes,
    cpuMs: cpuMs ?? seen.cpuMs,
    processes: processes ?? seen.processes,
  };
}
