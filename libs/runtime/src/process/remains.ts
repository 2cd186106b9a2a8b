import { setTimeout as delay } from "node:timers/promises";
import { RUN_VARIABLE } from "./plain.ts";
import { type ControlGroup, controlGroupMembers, killControlGroups } from "./control-groups.ts";
import {
  allProcesses,
  childrenOf,
  hasVariable,
  isAlive,
  namespacePid,
  type ProcessIdentity,
  signalProcess,
  statOf,
} from "./proc.ts";

/** Everything by which a run's processes can be found. */
export interface RunTrace {
  readonly id: string;
  /** The process that was spawned: bubblewrap, or the command itself where there is no sandbox. */
  readonly outer: ProcessIdentity;
  readonly init: ProcessIdentity | undefined;
  readonly sandboxed: boolean;
  readonly controlGroups: readonly ControlGroup[];
}

const POLL_MS = 3;
/** Long enough for bubblewrap to write down how the command ended. */
const LAST_WORDS_MS = 250;
const KILL_DEADLINE_MS = 10_000;

/** A command without a sandbox and without control groups is known by its session and by its environment. */
function looseMembers(trace: RunTrace): ProcessIdentity[] {
  if (trace.sandboxed || trace.controlGroups.length > 0) return [];
  const mark = `${RUN_VARIABLE}=${trace.id}`;
  return allProcesses().filter(
    ({ session, state, pid }) =>
      state !== "Z" && (session === trace.outer.pid || hasVariable(pid, mark)),
  );
}

function isLiving(pid: number): boolean {
  const state = statOf(pid)?.state;
  return state !== undefined && state !== "Z" && state !== "X";
}

/** Whether any process of the run is alive; zombies are not. */
export function anyAlive(trace: RunTrace): boolean {
  if (isAlive(trace.outer) || (trace.init !== undefined && isAlive(trace.init))) return true;
  if (looseMembers(trace).length > 0) return true;
  return controlGroupMembers(trace.controlGroups).some(isLiving);
}

async function killOnce(trace: RunTrace): Promise<void> {
  if (trace.init !== undefined) signalProcess(trace.init, "SIGKILL");
  await killControlGroups(trace.controlGroups);
  for (const member of looseMembers(trace)) signalProcess(member, "SIGKILL");
  signalProcess(trace.outer, "SIGKILL");
}

async function waitWhile(
  condition: () => boolean | Promise<boolean>,
  deadlineMs: number,
): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  while (await condition()) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/**
 * Kills every process of a run and waits until none is left. The sandbox's init goes first: its death takes the whole
 * PID namespace with it at once, and leaves bubblewrap to note the end.
 */
export async function killRun(trace: RunTrace): Promise<void> {
  if (trace.init !== undefined && signalProcess(trace.init, "SIGKILL")) {
    await waitWhile(() => isAlive(trace.outer), LAST_WORDS_MS);
  }
  const gone = await waitWhile(async () => {
    if (!anyAlive(trace)) return false;
    await killOnce(trace);
    return true;
  }, KILL_DEADLINE_MS);
  if (!gone) {
    throw new Error(
      `Processes of the run of process ${trace.outer.pid} are still there ${KILL_DEADLINE_MS} ms after SIGKILL; ` +
        "they wait in the kernel, mostly for a disk or a network file system that doesn't answer.",
    );
  }
}

/** The run's own command: process 2 of the sandbox, whose process 1 is bubblewrap's init. */
export function mainProcess(trace: RunTrace): ProcessIdentity | undefined {
  if (!trace.sandboxed) return isAlive(trace.outer) ? trace.outer : undefined;
  if (trace.init === undefined || !isAlive(trace.init)) return undefined;
  const pid = childrenOf(trace.init.pid).find((child) => namespacePid(child) === 2);
  return pid === undefined ? undefined : statOf(pid);
}
