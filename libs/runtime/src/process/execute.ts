import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { type ExitStatus, RuntimeError } from "../driver.ts";
import { safeVariables } from "./environment.ts";
import { fromChild } from "./exit-status.ts";
import { launchArguments } from "./launch.ts";
import type { Machine } from "./machine.ts";
import { allProcesses, type ProcessIdentity, type ProcessStat, signalProcess } from "./proc.ts";
import type { RunRecord } from "./run-record.ts";
import { DESCRIPTOR, innerCommand, KEPT_CAPABILITIES } from "./sandbox.ts";
import {
  argumentList,
  feed,
  launcherTools,
  requiredTool,
  sandboxFacts,
  TOOL_ENVIRONMENT,
} from "./spawn-run.ts";

export interface ExecuteOptions {
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

export interface Execution {
  readonly exit: ExitStatus;
  /** stdout and stderr as they came, cut at the limit. */
  readonly output: string;
  readonly timedOut: boolean;
}

const KILL_AGAIN_MS = 50;
const MAX_ENVIRONMENT_BYTES = 1024 * 1024;

/** The environment of the run's main process, from the kernel: so its secrets lie nowhere else. */
async function environmentOf(pid: number): Promise<Record<string, string>> {
  const bytes = await readEnvironment(pid);
  const text = bytes.subarray(0, MAX_ENVIRONMENT_BYTES).toString("utf8");
  const pairs = text.split("\0").filter((pair) => pair.indexOf("=") > 0);
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
  );
}

/** A run has just started: how often, and how far apart, an empty environment is read again before it is believed. */
const EMPTY = { everyMs: 5, times: 5, mostTimes: 400 };

/**
 * For a moment within execve(2) a process has neither arguments nor environment to read (proc(5)), and one that has just
 * started does it several times.
 */
async function readEnvironment(pid: number): Promise<Buffer> {
  for (let tries = 1; ; tries++) {
    const environment = readOf(pid, "environ");
    const enough = readOf(pid, "cmdline").length > 0 ? EMPTY.times : EMPTY.mostTimes;
    if (environment.length > 0 || tries >= enough) return environment;
    await delay(EMPTY.everyMs);
  }
}

function readOf(pid: number, file: "environ" | "cmdline"): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${file}`);
  } catch (error) {
    throw new RuntimeError("not-running", "The run's main process has ended", { cause: error });
  }
}

/**
 * The way into a sandbox that lives: its namespaces, then a second bubblewrap that binds what is there already, since
 * it is bubblewrap that sets the filter and forbids new privileges.
 */
function enterCommand(
  machine: Machine,
  record: RunRecord,
  main: ProcessIdentity,
  inner: readonly string[],
): string[] {
  const asUser = machine.asRoot ? [] : ["--user", "--preserve-credentials"];
  const namespaces = ["--mount", "--ipc", "--uts", "--pid", "--cgroup"];
  return [
    requiredTool(machine, "nsenter"),
    `--target=${main.pid}`,
    ...asUser,
    ...namespaces,
    "--",
    requiredTool(machine, "bwrap"),
    "--args",
    String(DESCRIPTOR.options),
    ...(machine.asRoot ? KEPT_CAPABILITIES : ["--unshare-user"]),
    "--new-session",
    "--die-with-parent",
    ...(machine.seccomp === undefined ? [] : ["--seccomp", String(DESCRIPTOR.seccomp)]),
    "--",
    ...inner,
  ];
}

/** The command's own clock, a little behind ours: it is there even when this process is not. */
function timeLimit(machine: Machine, timeoutMs: number): string[] {
  return [requiredTool(machine, "timeout"), "--signal=KILL", String(timeoutMs / 1000 + 2)];
}

/** In the order of DESCRIPTOR: options, no status, filter. */
function sandboxPipes(machine: Machine): ("pipe" | "ignore")[] {
  return ["pipe", "ignore", machine.seccomp === undefined ? "ignore" : "pipe"];
}

function spawnInside(
  machine: Machine,
  record: RunRecord,
  main: ProcessIdentity,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): ChildProcess {
  const inner = record.sandboxed
    ? innerCommand(command, environment, record.uid, sandboxFacts(machine, record.processLimit))
    : command;
  const [program = "/bin/sh", ...rest] = launchArguments({
    ...launcherTools(machine),
    processFile: "/dev/null",
    controlGroups: record.controlGroups.map((group) => group.directory),
    resourceLimits: record.resourceLimits,
    command: record.sandboxed ? enterCommand(machine, record, main, inner) : inner,
  });
  const child = spawn(program, rest, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe", ...(record.sandboxed ? sandboxPipes(machine) : [])],
    env: record.sandboxed ? TOOL_ENVIRONMENT : environment,
    cwd: record.sandboxed ? "/" : record.workingDirectory,
  });
  const options = [
    "--clearenv",
    ...safeVariables(environment).flatMap(([name, value]) => ["--setenv", name, value]),
    "--dev-bind",
    "/",
    "/",
    "--chdir",
    record.workingDirectory,
  ];
  feed(child, DESCRIPTOR.options, argumentList(options));
  feed(child, DESCRIPTOR.seccomp, machine.seccomp ?? "");
  return child;
}

/** Keeps the first `limit` bytes and reads on, so that the command never blocks on a full pipe. */
function collect(streams: readonly (Readable | null)[], limit: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  for (const stream of streams) {
    stream?.on("data", (chunk: Buffer) => {
      const kept = chunk.subarray(0, Math.max(0, limit - size));
      size += kept.length;
      if (kept.length > 0) chunks.push(kept);
    });
  }
  return () => Buffer.concat(chunks).toString("utf8");
}

/** A process and all below it, with the sessions that they began. */
function familyOf(pid: number): ProcessStat[] {
  const processes = allProcesses();
  const family = new Set([pid]);
  for (let grown = true; grown;) {
    const size = family.size;
    for (const stat of processes) {
      if (family.has(stat.parent) || family.has(stat.session)) family.add(stat.pid);
    }
    grown = family.size > size;
  }
  return processes.filter((stat) => family.has(stat.pid));
}

/**
 * Kills a command and spares nsenter and its child, which end by themselves then. Killed first, they would leave a
 * zombie of the sandbox's PID namespace to the host's init, and the kernel ends no namespace before that one is reaped.
 */
function killCommand(pid: number, spareTools: boolean): void {
  const family = familyOf(pid);
  const tools = (stat: ProcessStat) => stat.pid === pid || stat.parent === pid;
  const inner = family.filter((stat) => !tools(stat));
  for (const stat of spareTools && inner.length > 0 ? inner : family)
    signalProcess(stat, "SIGKILL");
}

/** Goes on until the command has ended; from the third time on nothing is spared. */
function killUntilEnded(child: ChildProcess, sandboxed: boolean): void {
  let times = 0;
  const again = () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    killCommand(child.pid, sandboxed && times < 3);
    times += 1;
    setTimeout(again, KILL_AGAIN_MS);
  };
  again();
}

/**
 * Runs a command in a living run's sandbox. At the timeout it is killed with all its descendants; one that made itself
 * a daemon stays within the run's sandbox and limits, and ends with the run.
 */
export async function executeInside(
  machine: Machine,
  record: RunRecord,
  main: ProcessIdentity,
  command: readonly string[],
  options: ExecuteOptions,
): Promise<Execution> {
  const bounded = [...timeLimit(machine, options.timeoutMs), ...command];
  const child = spawnInside(machine, record, main, bounded, await environmentOf(main.pid));
  const output = collect([child.stdout, child.stderr], options.maxOutputBytes);
  const { promise, resolve, reject } = Promise.withResolvers<ExitStatus>();
  child.once("error", reject);
  child.once("exit", (code, signal) => resolve(fromChild(code, signal)));
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killUntilEnded(child, record.sandboxed);
  }, options.timeoutMs);
  try {
    const exit = await promise;
    await drained(child);
    return { exit, output: output(), timedOut };
  } finally {
    clearTimeout(timer);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

const DRAIN_MS = 200;

/** What the command wrote last is still in the pipe when it exits; a daemon of its making may hold the pipe for ever. */
async function drained(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once("close", () => resolve());
  if (child.stdout?.closed !== false && child.stderr?.closed !== false) return;
  const timer = setTimeout(resolve, DRAIN_MS);
  await promise;
  clearTimeout(timer);
}
