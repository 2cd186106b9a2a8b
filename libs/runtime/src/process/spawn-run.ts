import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, closeSync, constants, fchownSync, openSync, writeFileSync } from "node:fs";
import { Writable } from "node:stream";
import { type RunSpec, RuntimeError } from "../driver.ts";
import { type ControlGroup, limitedBy } from "./control-groups.ts";
import { identityFiles } from "./identity.ts";
import {
  ENGINE_RESERVE_BYTES,
  launchArguments,
  type LaunchOptions,
  resourceLimits,
} from "./launch.ts";
import type { Machine } from "./machine.ts";
import { hostPath, linkNestedMounts, plainCommand } from "./plain.ts";
import { type RunRecord, stateFiles } from "./run-record.ts";
import { DESCRIPTOR, sandboxCommand, type SandboxFacts, sandboxOptions } from "./sandbox.ts";
import type { ToolName } from "./tools.ts";

/** All that the tools outside the sandbox see: nothing of the agent's environment, nothing of the run's. */
export const TOOL_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: "/usr/bin:/bin",
  LC_ALL: "C",
};

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;

export function requiredTool(machine: Machine, name: ToolName): string {
  const path = machine.tools.get(name);
  if (path === undefined) throw new RuntimeError("start-failed", `${name} is not installed`);
  return path;
}

/** dash knows file descriptors up to 9 only. */
const LAST_DASH_DESCRIPTOR = 9;

/** What every launcher is made with. */
export function launcherTools(
  machine: Machine,
): Pick<LaunchOptions, "shell" | "prlimit" | "strayDescriptors"> {
  const { strayDescriptors } = machine;
  const needsBash = strayDescriptors.some((descriptor) => descriptor > LAST_DASH_DESCRIPTOR);
  return {
    shell: requiredTool(machine, needsBash ? "bash" : "sh"),
    prlimit: requiredTool(machine, "prlimit"),
    // Below these are the launcher's own.
    strayDescriptors: strayDescriptors.filter((descriptor) => descriptor > DESCRIPTOR.seccomp),
  };
}

/** Opened here and handed over, so that the run needs no right to its directory; owned by it, so that it may reopen it as /dev/stdout. */
function openLog(path: string, owner: number | undefined): number {
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o640);
  if (owner !== undefined) fchownSync(descriptor, owner, owner);
  return descriptor;
}

export function sandboxFacts(machine: Machine, processLimit: number | undefined): SandboxFacts {
  return {
    asRoot: machine.asRoot,
    base: machine.base,
    bwrap: requiredTool(machine, "bwrap"),
    env: requiredTool(machine, "env"),
    setpriv: requiredTool(machine, "setpriv"),
    prlimit: requiredTool(machine, "prlimit"),
    seccomp: machine.seccomp !== undefined,
    processLimit,
  };
}

/** What will be kept of the run; the limits are those that this machine can set. */
export function recordOf(
  spec: RunSpec,
  machine: Machine,
  controlGroups: readonly ControlGroup[],
): RunRecord {
  const memoryBound = limitedBy(machine.hierarchies, "memory") !== undefined;
  const processesBound = limitedBy(machine.hierarchies, "pids") !== undefined;
  const data = memoryBound ? undefined : spec.limits.memoryBytes + ENGINE_RESERVE_BYTES;
  return {
    sandboxed: machine.sandboxed,
    ...(machine.asRoot && spec.uid !== undefined ? { uid: spec.uid } : {}),
    workingDirectory: machine.sandboxed
      ? spec.workingDirectory
      : hostPath(spec.workingDirectory, spec.mounts),
    resourceLimits: resourceLimits(spec.limits, machine, data),
    ...(processesBound || !machine.countsProcesses ? {} : { processLimit: spec.limits.processes }),
    controlGroups: controlGroups.map((group) => ({
      ...group,
      controllers: [...group.controllers],
    })),
  };
}

/** Gives a child the whole of a pipe; a child that has gone already is somebody else's news. */
export function feed(child: ChildProcess, descriptor: number, data: string | Buffer): void {
  const stream = child.stdio[descriptor];
  if (!(stream instanceof Writable)) return;
  stream.on("error", () => {});
  stream.end(data);
}

/** NUL after each argument, as `bwrap --args` reads them. */
export function argumentList(options: readonly string[]): Buffer {
  return Buffer.from(options.map((option) => `${option}\0`).join(""));
}

/** Readable by the run's user, whatever this process's umask is. */
function writeReadable(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o644);
}

function spawnSandboxed(
  spec: RunSpec,
  machine: Machine,
  record: RunRecord,
  [stdout, stderr]: [number, number],
): ChildProcess {
  const files = stateFiles(spec.stateDirectory);
  const facts = sandboxFacts(machine, record.processLimit);
  const identity = identityFiles(record.uid, spec.environment["HOME"] ?? "/");
  writeReadable(files.passwd, identity.passwd);
  writeReadable(files.group, identity.group);
  const status = openSync(files.status, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600);
  try {
    const child = spawnLauncher(machine, record, files.process, sandboxCommand(spec, facts), {
      stdio: ["ignore", stdout, stderr, "pipe", status, machine.seccomp ? "pipe" : "ignore"],
      environment: TOOL_ENVIRONMENT,
      cwd: "/",
    });
    feed(child, 3, argumentList(sandboxOptions(spec, facts, files)));
    if (machine.seccomp !== undefined) feed(child, 5, machine.seccomp);
    return child;
  } finally {
    closeSync(status);
  }
}

function spawnPlain(
  spec: RunSpec,
  machine: Machine,
  record: RunRecord,
  [stdout, stderr]: [number, number],
): ChildProcess {
  linkNestedMounts(spec.mounts);
  const plain = plainCommand(spec);
  return spawnLauncher(
    machine,
    record,
    stateFiles(spec.stateDirectory).process,
    [requiredTool(machine, "env"), "-u", "SHLVL", ...plain.command],
    {
      stdio: ["ignore", stdout, stderr],
      environment: plain.environment,
      cwd: plain.workingDirectory,
    },
  );
}

function spawnLauncher(
  machine: Machine,
  record: RunRecord,
  processFile: string,
  command: readonly string[],
  options: {
    readonly stdio: ("ignore" | "pipe" | number)[];
    readonly environment: Readonly<Record<string, string>>;
    readonly cwd: string;
  },
): ChildProcess {
  const [program = "/bin/sh", ...rest] = launchArguments({
    ...launcherTools(machine),
    processFile,
    controlGroups: record.controlGroups.map((group) => group.directory),
    resourceLimits: record.resourceLimits,
    command,
  });
  return spawn(program, rest, {
    // A session of its own: no signal to the agent's group reaches it, and it outlives the agent.
    detached: true,
    stdio: options.stdio,
    env: options.environment,
    cwd: options.cwd,
  });
}

/** Starts the first program of a run; it has its groups, limits and sandbox before it becomes the run's command. */
export function spawnRun(spec: RunSpec, machine: Machine, record: RunRecord): ChildProcess {
  const stdout = openLog(spec.stdout, record.uid);
  const stderr = spec.stderr === spec.stdout ? stdout : openLog(spec.stderr, record.uid);
  try {
    const start = machine.sandboxed ? spawnSandboxed : spawnPlain;
    return start(spec, machine, record, [stdout, stderr]);
  } finally {
    for (const descriptor of new Set([stdout, stderr])) closeSync(descriptor);
  }
}
