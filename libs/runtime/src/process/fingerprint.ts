import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IsolationFacts, RunSpec } from "../driver.ts";
import { baseSystem } from "./base-system.ts";
import { removeControlGroups } from "./control-groups.ts";
import { isolationFacts, parseProbe, PROBE_UID, type Probe } from "./facts.ts";
import { findHierarchies } from "./hierarchies.ts";
import type { Machine } from "./machine.ts";
import { strayDescriptors } from "./proc.ts";
import { readRecord } from "./run-record.ts";
import { seccompProgram } from "./seccomp.ts";
import { startRun } from "./start-run.ts";
import { findTools, type Tools } from "./tools.ts";

const PROBE_DEADLINE_MS = 15_000;
const MEBIBYTE = 1024 * 1024;
const PROBE_SCRIPT =
  "cat /proc/self/status; for n in mnt pid ipc uts user cgroup; do readlink /proc/self/ns/$n; done";
/** Needs four processes at once in the run; succeeds only if the limit counts the run's own and not all of the user's. */
const COUNT_SCRIPT = "sleep 0 & sleep 0 & sleep 0 & wait";
const COUNTED_PROCESSES = 6;

function maxOpenFiles(): number {
  const line = readFileSync("/proc/self/limits", "utf8").match(/^Max open files\s+\S+\s+(\S+)/m);
  return line?.[1] === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(line?.[1] ?? 1024);
}

let probes = 0;

function probeSpec(directory: string, script: string, processes: number): RunSpec {
  probes += 1;
  return {
    id: `probe-${process.pid}-${probes}`,
    command: ["/bin/sh", "-c", script],
    environment: { PATH: "/usr/bin:/bin" },
    workingDirectory: "/",
    mounts: [],
    uid: PROBE_UID,
    limits: { memoryBytes: 64 * MEBIBYTE, cpuMillis: 1000, processes, openFiles: 64 },
    stdout: join(directory, "stdout"),
    stderr: join(directory, "stderr"),
    stateDirectory: join(directory, "state"),
  };
}

/** Runs a script to its end as any run would be; its output, or why it could not be run. */
async function tryRun(
  machine: Machine,
  script: string,
  processes: number,
): Promise<{ readonly output: string } | { readonly refusal: string }> {
  const directory = await mkdtemp(join(tmpdir(), "bastide-probe-"));
  const spec = probeSpec(directory, script, processes);
  try {
    const { own } = await startRun(spec, machine);
    const exit = await own.wait(AbortSignal.timeout(PROBE_DEADLINE_MS));
    const record = readRecord(spec.stateDirectory);
    await removeControlGroups(record?.controlGroups ?? []);
    if (exit.code === 0) return { output: await readFile(spec.stdout, "utf8") };
    return { refusal: (await readFile(spec.stderr, "utf8")).trim() };
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Everything first, then less and less: the first that works is what runs get. */
function candidates(machine: Machine): Machine[] {
  const withoutGroups = { ...machine, hierarchies: [] };
  const withoutFilter = { ...machine, seccomp: undefined };
  const sandboxed = machine.sandboxed
    ? [machine, withoutGroups, withoutFilter, { ...withoutFilter, hierarchies: [] }]
    : [];
  // As root there is nothing to fall back to: less than the minimum is refused anyway.
  const plain = { ...withoutFilter, sandboxed: false };
  return machine.asRoot ? sandboxed : [...sandboxed, plain, { ...plain, hierarchies: [] }];
}

async function firstThatWorks(
  machines: readonly Machine[],
): Promise<{ readonly machine: Machine | undefined; readonly probe: Probe }> {
  const refusals: string[] = [];
  for (const machine of machines) {
    const result = await tryRun(machine, PROBE_SCRIPT, 16);
    if ("output" in result) return { machine, probe: { ...parseProbe(result.output), refusals } };
    refusals.push(result.refusal);
  }
  return { machine: undefined, probe: { status: "", namespaces: [], refusals } };
}

/** What is there, before anything was tried. */
async function untried(name: string, tools: Tools): Promise<Machine> {
  return {
    asRoot: process.getuid?.() === 0,
    tools,
    base: baseSystem(),
    sandboxed: tools.has("bwrap"),
    seccomp: seccompProgram(process.arch),
    hierarchies: await findHierarchies(name),
    countsProcesses: false,
    strayDescriptors: strayDescriptors(),
    maxOpenFiles: maxOpenFiles(),
  };
}

async function countsProcesses(machine: Machine): Promise<boolean> {
  if (machine.asRoot || !machine.sandboxed) return false;
  const counting = { ...machine, hierarchies: [], countsProcesses: true };
  return "output" in (await tryRun(counting, COUNT_SCRIPT, COUNTED_PROCESSES));
}

export interface Fingerprint {
  readonly machine: Machine;
  readonly facts: IsolationFacts;
}

/** Finds out what runs get here by running something in the best way that works. */
export async function fingerprint(name: string, tools: Tools = findTools()): Promise<Fingerprint> {
  const all = await untried(name, tools);
  const { machine: working, probe } = await firstThatWorks(candidates(all));
  const machine = working ?? { ...all, sandboxed: false, seccomp: undefined, hierarchies: [] };
  const counted = { ...machine, countsProcesses: await countsProcesses(machine) };
  return { machine: counted, facts: isolationFacts(counted, probe) };
}
