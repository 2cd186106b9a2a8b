import { type IsolationFacts, type LimitMechanism, RuntimeError } from "../driver.ts";
import { limitedBy } from "./control-groups.ts";
import type { Machine } from "./machine.ts";
import { namespaceOf } from "./proc.ts";
import { TOOL_NAMES, TOOL_PACKAGES } from "./tools.ts";

/** The probe's user: nobody, so that it shows whether a run can be given one. */
export const PROBE_UID = 65534;

/** What a process found out about itself from inside a run. */
export interface Probe {
  /** Its /proc/self/status. */
  readonly status: string;
  /** Its namespaces, as links in /proc/self/ns name them. */
  readonly namespaces: readonly string[];
  /** What better ways of running said when they were tried and failed. */
  readonly refusals: readonly string[];
}

export function parseProbe(output: string): Omit<Probe, "refusals"> {
  const lines = output.trim().split("\n");
  const namespaces = lines.filter((line) => /^\w+:\[\d+\]$/.test(line));
  return { status: output, namespaces };
}

function statusField(probe: Probe, name: string): string | undefined {
  return probe.status.match(new RegExp(`^${name}:\\s+(\\S+)`, "m"))?.[1];
}

/** capabilities(7): what a process has, what it may take up, and the most that what it executes may get. */
const CAPABILITY_SETS = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];

/** Kinds of namespaces that differ from this process's own. */
function ownNamespaces(probe: Probe): string[] {
  return probe.namespaces.flatMap((link) => {
    const kind = link.slice(0, link.indexOf(":"));
    return namespaceOf("self", kind) === link ? [] : [kind];
  });
}

function processMechanism(machine: Machine): LimitMechanism {
  return limitedBy(machine.hierarchies, "pids") ?? (machine.countsProcesses ? "rlimit" : "none");
}

type Facts = Omit<IsolationFacts, "missing">;

function observed(machine: Machine, probe: Probe): Facts {
  const works = probe.status !== "";
  return {
    ownUid: machine.asRoot && statusField(probe, "Uid") === String(PROBE_UID),
    namespaces: ownNamespaces(probe),
    seccomp: statusField(probe, "Seccomp") === "2",
    noNewPrivileges: statusField(probe, "NoNewPrivs") === "1",
    noCapabilities: CAPABILITY_SETS.every((set) => /^0+$/.test(statusField(probe, set) ?? "")),
    memoryLimit: limitedBy(machine.hierarchies, "memory") ?? (works ? "rlimit" : "none"),
    cpuLimit: limitedBy(machine.hierarchies, "cpu") ?? "none",
    processLimit: processMechanism(machine),
  };
}

function missingTools(machine: Machine): string[] {
  return TOOL_NAMES.filter((name) => !machine.tools.has(name)).map(
    (name) => `${name} is not installed: install the package ${TOOL_PACKAGES[name]}.`,
  );
}

const NAMESPACES = ["mnt", "pid", "ipc"];
const CGROUP_FIX =
  "give the agent cgroup v2 (Delegate=yes in its systemd unit) or writable cgroup v1 hierarchies";

function missingIsolation(machine: Machine, facts: Facts): string[] {
  const namespaces = NAMESPACES.filter((kind) => !facts.namespaces.includes(kind));
  return [
    namespaces.length === 0
      ? undefined
      : `Runs have no ${namespaces.join(", ")} namespace of their own, so they see the host and each other: ` +
        "install bubblewrap and allow it to make namespaces (sysctl user.max_user_namespaces; kernel.apparmor_restrict_unprivileged_userns=0).",
    facts.ownUid
      ? undefined
      : "Runs share the agent's user: start the agent as root to give each its own uid.",
    facts.seccomp
      ? undefined
      : `System calls are not filtered: a kernel with seccomp on x64 or arm64 is needed (this is ${process.arch}).`,
    facts.noNewPrivileges
      ? undefined
      : "Runs can gain privileges by setuid programs: install bubblewrap.",
    facts.noCapabilities
      ? undefined
      : "Runs hold capabilities, or may get them from what they execute: install bubblewrap and, for root, util-linux 2.31 or later (setpriv).",
  ].filter((sentence) => sentence !== undefined);
}

function missingLimits(facts: Facts): string[] {
  return [
    facts.memoryLimit === "rlimit"
      ? `Memory is limited for each process and not for a whole run, at 4 GiB above what was asked (RLIMIT_DATA): ${CGROUP_FIX}.`
      : undefined,
    facts.memoryLimit === "none" ? `Memory is not limited: ${CGROUP_FIX}.` : undefined,
    facts.cpuLimit === "none"
      ? `CPU time is not limited: ${CGROUP_FIX}. Nor is it shared by weight: a build takes as much of it from apps as it can use.`
      : undefined,
    facts.processLimit === "none"
      ? `The number of processes is not limited: ${CGROUP_FIX}.`
      : undefined,
  ].filter((sentence) => sentence !== undefined);
}

/** Turns what was tried and seen into the node's facts. */
export function isolationFacts(machine: Machine, probe: Probe): IsolationFacts {
  const facts = observed(machine, probe);
  const missing = [
    ...missingTools(machine),
    ...missingIsolation(machine, facts),
    ...missingLimits(facts),
  ];
  const refusals =
    missing.length === 0 ? [] : probe.refusals.map((text) => `Tried and refused: ${text}`);
  return { ...facts, missing: [...missing, ...refusals] };
}

/** As root, less than the minimum is a failure and not a fact. */
export function requireMinimum(machine: Machine, facts: IsolationFacts): void {
  const binding = [facts.memoryLimit, facts.cpuLimit, facts.processLimit].every((mechanism) =>
    mechanism.startsWith("cgroup"),
  );
  const isolated =
    facts.ownUid &&
    facts.seccomp &&
    facts.noNewPrivileges &&
    facts.noCapabilities &&
    NAMESPACES.every((kind) => facts.namespaces.includes(kind));
  if (!machine.asRoot || (binding && isolated)) return;
  throw new RuntimeError(
    "isolation-missing",
    `This machine can't isolate what it would run as root. ${facts.missing.join(" ")}`,
  );
}
