import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What /proc/<pid>/stat says, as far as we need it (proc(5)). */
export interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  /** Clock ticks after boot. */
  readonly startTicks: number;
}

/** The command's name may hold spaces and parentheses: fields are counted from the last `)`. */
export function parseStat(text: string): ProcessStat | undefined {
  const close = text.lastIndexOf(")");
  const fields = text.slice(close + 2).split(" ");
  const startTicks = Number(fields[19]);
  if (close < 0 || fields.length < 20 || !Number.isSafeInteger(startTicks)) return undefined;
  return {
    pid: Number.parseInt(text, 10),
    state: fields[0] ?? "?",
    parent: Number(fields[1]),
    session: Number(fields[3]),
    userTicks: Number(fields[11]),
    systemTicks: Number(fields[12]),
    startTicks,
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

export function statOf(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** A process by pid and start: the pair is never used twice within a boot. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number;
}

/** A zombie is not alive: it only waits for a parent that may never ask. */
export function isAlive(identity: ProcessIdentity): boolean {
  const stat = statOf(identity.pid);
  return stat?.startTicks === identity.startTicks && stat.state !== "Z" && stat.state !== "X";
}

/** Signals a process if it is still the one meant; says whether it was there. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}

let bootId: string | undefined;

/** Names this boot of the host: pids and start ticks mean nothing across boots. */
export function currentBootId(): string {
  bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return bootId;
}

/** The pid in the innermost pid namespace (`NSpid` in /proc/<pid>/status). */
export function namespacePid(pid: number): number | undefined {
  const line = readText(`/proc/${pid}/status`)?.match(/^NSpid:\s+(.*)$/m)?.[1];
  return line === undefined ? undefined : Number(line.trim().split(/\s+/).at(-1));
}

/** Whether a process began with this variable, given as `NAME=value`; false where we may not look. */
export function hasVariable(pid: number, variable: string): boolean {
  return readText(`/proc/${pid}/environ`)?.split("\0").includes(variable) ?? false;
}

/** Identity of a namespace of a process, as the kernel prints it: `pid:[4026531836]`. */
export function namespaceOf(pid: number | "self", kind: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

export function executableOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/** O_CLOEXEC as /proc/<pid>/fdinfo/<fd> prints the flags, in octal. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * Descriptors above stderr that every child of this process gets: Node opens none like that, but this process may have
 * been given some, and a run could read whatever they are.
 */
export function strayDescriptors(): number[] {
  return readdirSync("/proc/self/fdinfo")
    .map(Number)
    .filter((descriptor) => {
      const flags = readText(`/proc/self/fdinfo/${descriptor}`)?.match(/^flags:\s+(\d+)/m)?.[1];
      return descriptor > 2 && flags !== undefined && !(Number.parseInt(flags, 8) & CLOSE_ON_EXEC);
    });
}

/** Every process that this process can see. */
export function allProcesses(): ProcessStat[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? []);
}

/** Direct children of a process, from the kernel's own list. */
export function childrenOf(pid: number): number[] {
  const text = readText(`/proc/${pid}/task/${pid}/children`);
  if (text === undefined) return [];
  return text.split(" ").filter(Boolean).map(Number);
}

/** Clock ticks per second: fixed at 100 for all Linux user-space interfaces. */
export const TICKS_PER_SECOND = 100;
