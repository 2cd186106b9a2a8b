import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { ControlGroup } from "./control-groups.ts";
import { parseStat, type ProcessIdentity } from "./proc.ts";

/** What later calls on a run need, on disk in its state directory. Nothing secret. */
export interface RunRecord {
  /** Whether bubblewrap made a sandbox, or the command runs with limits only. */
  readonly sandboxed: boolean;
  readonly uid?: number | undefined;
  /** As the command sees it. */
  readonly workingDirectory: string;
  /** prlimit's arguments, for commands beside the main one. */
  readonly resourceLimits: readonly string[];
  readonly processLimit?: number | undefined;
  readonly controlGroups: readonly ControlGroup[];
  /** First process inside the PID namespace: when it dies, the kernel kills the rest. */
  readonly init?: ProcessIdentity | undefined;
}

const ControlGroupSchema: z.ZodType<ControlGroup> = z.object({
  version: z.enum(["cgroup-v1", "cgroup-v2"]),
  directory: z.string(),
  controllers: z.array(z.enum(["memory", "cpu", "cpuacct", "pids"])),
});

const RunRecordSchema: z.ZodType<RunRecord> = z.object({
  sandboxed: z.boolean(),
  uid: z.int().positive().optional(),
  workingDirectory: z.string(),
  resourceLimits: z.array(z.string()),
  processLimit: z.int().positive().optional(),
  controlGroups: z.array(ControlGroupSchema),
  init: z.object({ pid: z.int().positive(), startTicks: z.int().nonnegative() }).optional(),
});

const FILE = {
  record: "run.json",
  status: "status.jsonl",
  process: "process",
  passwd: "passwd",
  group: "group",
} as const;

/** Paths of the driver's files in a run's state directory. */
export function stateFiles(stateDirectory: string): Record<keyof typeof FILE, string> {
  return {
    record: join(stateDirectory, FILE.record),
    status: join(stateDirectory, FILE.status),
    process: join(stateDirectory, FILE.process),
    passwd: join(stateDirectory, FILE.passwd),
    group: join(stateDirectory, FILE.group),
  };
}

export async function writeRecord(stateDirectory: string, record: RunRecord): Promise<void> {
  await writeFile(stateFiles(stateDirectory).record, JSON.stringify(record), { mode: 0o600 });
}

/** Undefined where there is none or what is there can't be read: the run was released, or never started. */
export function readRecord(stateDirectory: string): RunRecord | undefined {
  try {
    const text = readFileSync(stateFiles(stateDirectory).record, "utf8");
    return RunRecordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export async function removeStateFiles(stateDirectory: string): Promise<void> {
  const paths = Object.values(stateFiles(stateDirectory));
  await Promise.all(paths.map((path) => rm(path, { force: true })));
}

/** The launcher's note of which process it is, written before anything of the run's own begins. */
export function readProcessFile(
  stateDirectory: string,
): (ProcessIdentity & { readonly bootId: string }) | undefined {
  try {
    const text = readFileSync(stateFiles(stateDirectory).process, "utf8");
    const [stat = "", bootId = ""] = text.split("\n");
    const identity = parseStat(stat);
    return identity === undefined ? undefined : { ...identity, bootId };
  } catch {
    return undefined;
  }
}

/** What bubblewrap wrote to its status file. */
export interface SandboxStatus {
  readonly initPid?: number;
  /** Absent until the end, and for good when the sandbox was never ready or bubblewrap itself was killed. */
  readonly exitCode?: number;
}

const StatusLine = z.object({
  "child-pid": z.int().positive().optional(),
  "exit-code": z.int().nonnegative().optional(),
});

/** One JSON object a line (bwrap(1), `--json-status-fd`); a last line cut short is ignored. */
export function parseStatus(text: string): SandboxStatus {
  let status: SandboxStatus = {};
  for (const line of text.split("\n").slice(0, -1)) {
    const parsed = StatusLine.safeParse(tryJson(line));
    const { "child-pid": initPid, "exit-code": exitCode } = parsed.data ?? {};
    if (initPid !== undefined) status = { ...status, initPid };
    if (exitCode !== undefined) status = { ...status, exitCode };
  }
  return status;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function readStatus(stateDirectory: string): SandboxStatus {
  try {
    return parseStatus(readFileSync(stateFiles(stateDirectory).status, "utf8"));
  } catch {
    return {};
  }
}
