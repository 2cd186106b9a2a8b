import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type RunHandle, type RunSpec, RuntimeError } from "../driver.ts";
import { prepareMountPoints } from "./check-spec.ts";
import { createControlGroups, removeControlGroups } from "./control-groups.ts";
import type { Machine } from "./machine.ts";
import { OwnRun } from "./own-run.ts";
import {
  childrenOf,
  currentBootId,
  executableOf,
  isAlive,
  namespacePid,
  type ProcessIdentity,
  statOf,
} from "./proc.ts";
import { killRun } from "./remains.ts";
import {
  readStatus,
  removeStateFiles,
  type RunRecord,
  type SandboxStatus,
  stateFiles,
  writeRecord,
} from "./run-record.ts";
import { recordOf, requiredTool, spawnRun } from "./spawn-run.ts";

const POLL_MS = 1;
const SETUP_DEADLINE_MS = 20_000;
const MAX_MESSAGE_BYTES = 2000;

export interface StartedRun {
  readonly handle: RunHandle;
  readonly own: OwnRun;
}

function fileSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** What the tools said on stderr since the start: why a sandbox could not be made. */
function messageSince(path: string, offset: number): string {
  const descriptor = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(MAX_MESSAGE_BYTES);
    const length = readSync(descriptor, buffer, 0, buffer.length, offset);
    return buffer.toString("utf8", 0, length).trim();
  } finally {
    closeSync(descriptor);
  }
}

/** Whether the sandbox has become the command, or the first of the tools that hold no right any more. */
function hasEntered(init: number, bwrap: string): boolean {
  const main = childrenOf(init).find((child) => namespacePid(child) === 2);
  const executable = main === undefined ? undefined : executableOf(main);
  return executable !== undefined && executable !== bwrap;
}

/** The sandbox's init. Numbers are not used again within the moments of a start: that it began after us is enough. */
function initOf(status: SandboxStatus, outer: ProcessIdentity): ProcessIdentity | undefined {
  const stat = status.initPid === undefined ? undefined : statOf(status.initPid);
  if (stat === undefined || stat.startTicks < outer.startTicks) return undefined;
  return { pid: stat.pid, startTicks: stat.startTicks };
}

/**
 * Waits until the sandbox is made. A command that ended by itself was in it: bubblewrap notes an exit code only then.
 */
async function waitForSandbox(
  spec: RunSpec,
  machine: Machine,
  outer: ProcessIdentity,
): Promise<ProcessIdentity | undefined> {
  const bwrap = requiredTool(machine, "bwrap");
  const deadline = performance.now() + SETUP_DEADLINE_MS;
  while (performance.now() < deadline) {
    const outerLives = isAlive(outer);
    const status = readStatus(spec.stateDirectory);
    const init = initOf(status, outer);
    // What the command left behind is the init's, and found by it.
    if (status.exitCode !== undefined) return init;
    if (!outerLives) throw new Error("the sandbox ended before the command began");
    if (init !== undefined && hasEntered(init.pid, bwrap)) return init;
    await delay(POLL_MS);
  }
  throw new Error(`the sandbox was not ready within ${SETUP_DEADLINE_MS} ms`);
}

function identityOf(child: ChildProcess): ProcessIdentity {
  const stat = child.pid === undefined ? undefined : statOf(child.pid);
  if (stat === undefined) throw new Error("no process could be started");
  return { pid: stat.pid, startTicks: stat.startTicks };
}

async function cleanUp(
  spec: RunSpec,
  record: RunRecord,
  outer: ProcessIdentity | undefined,
): Promise<void> {
  if (outer !== undefined) {
    const init = initOf(readStatus(spec.stateDirectory), outer);
    await killRun({ ...record, id: spec.id, outer, init });
  }
  await removeControlGroups(record.controlGroups);
  await removeStateFiles(spec.stateDirectory);
}

async function spawnAndWait(
  spec: RunSpec,
  machine: Machine,
  record: RunRecord,
): Promise<StartedRun> {
  let outer: ProcessIdentity | undefined;
  try {
    await writeRecord(spec.stateDirectory, record);
    const child = spawnRun(spec, machine, record);
    const own = new OwnRun(child);
    outer = identityOf(child);
    const init = machine.sandboxed ? await waitForSandbox(spec, machine, outer) : undefined;
    if (init !== undefined) await writeRecord(spec.stateDirectory, { ...record, init });
    return { handle: handleOf(spec, outer), own };
  } catch (error) {
    await cleanUp(spec, record, outer);
    throw error;
  }
}

function handleOf(spec: RunSpec, { pid, startTicks }: ProcessIdentity): RunHandle {
  return {
    driver: "process",
    id: spec.id,
    pid,
    startTicks,
    bootId: currentBootId(),
    stateDirectory: spec.stateDirectory,
  };
}

/** Starts a run and returns once it is in its sandbox; leaves nothing behind when it can't. */
export async function startRun(spec: RunSpec, machine: Machine): Promise<StartedRun> {
  await mkdir(spec.stateDirectory, { recursive: true, mode: 0o700 });
  await rm(stateFiles(spec.stateDirectory).status, { force: true });
  const offset = fileSize(spec.stderr);
  try {
    if (machine.sandboxed) prepareMountPoints(spec);
    const groups = await createControlGroups(machine.hierarchies, spec.id, spec.limits);
    return await spawnAndWait(spec, machine, recordOf(spec, machine, groups));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const said = fileSize(spec.stderr) > offset ? `: ${messageSince(spec.stderr, offset)}` : "";
    throw new RuntimeError(
      "start-failed",
      `Run ${spec.id} could not be started: ${reason}${said}`,
      {
        cause: error,
      },
    );
  }
}
