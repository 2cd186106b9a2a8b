import { existsSync, readFileSync } from "node:fs";
import { mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { LimitMechanism, RunLimits } from "../driver.ts";

export type Controller = "memory" | "cpu" | "cpuacct" | "pids";

/** One mounted hierarchy and the directory in it under which runs get their groups. */
export interface Hierarchy {
  readonly version: "cgroup-v1" | "cgroup-v2";
  readonly directory: string;
  readonly controllers: ReadonlySet<Controller>;
}

/** Where a run's control groups are: plain JSON, kept in its record. */
export interface ControlGroup {
  readonly version: "cgroup-v1" | "cgroup-v2";
  readonly directory: string;
  readonly controllers: readonly Controller[];
}

/** The sandbox's own two processes (bubblewrap outside, its init inside), on top of what the run may have. */
export const SANDBOX_PROCESSES = 2;

const CPU_PERIOD_US = 100_000;
/** The kernel refuses less. */
const MIN_CPU_QUOTA_US = 1000;
/** In either version's own measure. */
const USUAL_WEIGHT = { "cgroup-v1": 1024, "cgroup-v2": 100 } as const;
const BUSY_RETRY_MS = 2;
const BUSY_DEADLINE_MS = 2000;

export interface LimitFile {
  readonly file: string;
  readonly value: string;
  /** Absent on some kernels, without harm. */
  readonly optional?: true;
}

function memoryFiles(version: Hierarchy["version"], memoryBytes: number): LimitFile[] {
  const value = String(memoryBytes);
  return version === "cgroup-v2"
    ? [
        { file: "memory.max", value },
        { file: "memory.swap.max", value: "0", optional: true },
      ]
    : [
        { file: "memory.limit_in_bytes", value },
        // Memory and swap together; absent where the kernel doesn't count swap.
        { file: "memory.memsw.limit_in_bytes", value, optional: true },
      ];
}

function cpuFiles(
  version: Hierarchy["version"],
  { cpuMillis, cpuWeight = 100 }: RunLimits,
): LimitFile[] {
  const quota = Math.max(MIN_CPU_QUOTA_US, Math.round((cpuMillis * CPU_PERIOD_US) / 1000));
  const weight = String(Math.round((cpuWeight * USUAL_WEIGHT[version]) / 100));
  return version === "cgroup-v2"
    ? [
        { file: "cpu.weight", value: weight },
        { file: "cpu.max", value: `${quota} ${CPU_PERIOD_US}` },
      ]
    : [
        { file: "cpu.shares", value: weight },
        { file: "cpu.cfs_period_us", value: String(CPU_PERIOD_US) },
        { file: "cpu.cfs_quota_us", value: String(quota) },
      ];
}

/** What to write where, in the order in which the kernel wants it. */
export function limitFiles(
  version: Hierarchy["version"],
  controllers: ReadonlySet<Controller>,
  limits: RunLimits,
): LimitFile[] {
  const pids = { file: "pids.max", value: String(limits.processes + SANDBOX_PROCESSES) };
  return [
    ...(controllers.has("memory") ? memoryFiles(version, limits.memoryBytes) : []),
    ...(controllers.has("cpu") ? cpuFiles(version, limits) : []),
    ...(controllers.has("pids") ? [pids] : []),
  ];
}

async function writeLimit(directory: string, limit: LimitFile): Promise<void> {
  try {
    await writeFile(join(directory, limit.file), limit.value, { flag: "r+" });
  } catch (error) {
    if (limit.optional === undefined) throw error;
  }
}

/** An earlier run of this id may have been forgotten: nothing of it, and none of its counts, may be taken for ours. */
async function discard(group: ControlGroup): Promise<void> {
  const deadline = Date.now() + BUSY_DEADLINE_MS;
  while (membersOf(group.directory).length > 0 && Date.now() < deadline) {
    await killControlGroups([group]);
    await delay(BUSY_RETRY_MS);
  }
  await removeDirectory(group.directory);
}

/** Makes a run's groups and sets its limits, before any process is in them. */
export async function createControlGroups(
  hierarchies: readonly Hierarchy[],
  id: string,
  limits: RunLimits,
): Promise<ControlGroup[]> {
  return Promise.all(hierarchies.map((hierarchy) => createControlGroup(hierarchy, id, limits)));
}

async function createControlGroup(
  { version, directory: parent, controllers }: Hierarchy,
  id: string,
  limits: RunLimits,
): Promise<ControlGroup> {
  const directory = join(parent, id);
  const group: ControlGroup = { version, directory, controllers: [...controllers] };
  if (existsSync(directory)) await discard(group);
  await mkdir(directory, { recursive: true });
  for (const limit of limitFiles(version, controllers, limits)) await writeLimit(directory, limit);
  return group;
}

/** Read at once, like all that the kernel answers from memory: going through the thread pool takes longer. */
function membersOf(directory: string): number[] {
  return tryRead(join(directory, "cgroup.procs")).split("\n").filter(Boolean).map(Number);
}

/** Pids of every process in the groups; one that has ended and waits for its parent is not among them. */
export function controlGroupMembers(groups: readonly ControlGroup[]): number[] {
  const pids = new Set(groups.flatMap((group) => membersOf(group.directory)));
  return [...pids].filter((pid) => pid > 0);
}

/** Kills every process in the groups at once where the kernel can (v2), else one by one: callers go on until none is left. */
export async function killControlGroups(groups: readonly ControlGroup[]): Promise<void> {
  for (const group of groups.filter(({ version }) => version === "cgroup-v2")) {
    await writeFile(join(group.directory, "cgroup.kill"), "1", { flag: "r+" }).catch(() => {});
  }
  for (const pid of controlGroupMembers(groups)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended between the two.
    }
  }
}

async function removeDirectory(directory: string): Promise<void> {
  const deadline = Date.now() + BUSY_DEADLINE_MS;
  for (;;) {
    try {
      await rmdir(directory);
      return;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ENOENT") return;
      // The last process has gone but the kernel is still letting go of it.
      if (code !== "EBUSY" || Date.now() > deadline) throw error;
    }
    await delay(BUSY_RETRY_MS);
  }
}

export async function removeControlGroups(groups: readonly ControlGroup[]): Promise<void> {
  await Promise.all(groups.map((group) => removeDirectory(group.directory)));
}

/** Which mechanism limits what, given the hierarchies that work here. */
export function limitedBy(
  hierarchies: readonly Hierarchy[],
  controller: Controller,
): LimitMechanism | undefined {
  return hierarchies.find((hierarchy) => hierarchy.controllers.has(controller))?.version;
}

/** Whether the kernel killed a process of these groups at their memory limit. */
export function wasKilledForMemory(groups: readonly ControlGroup[]): boolean {
  const file = { "cgroup-v1": "memory.oom_control", "cgroup-v2": "memory.events" };
  return groups
    .filter((group) => group.controllers.includes("memory"))
    .map((group) => tryRead(join(group.directory, file[group.version])))
    .some((text) => Number(text.match(/^oom_kill (\d+)$/m)?.[1] ?? 0) > 0);
}

function tryRead(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
