import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** The kernel's short name, 15 characters at most. */
  readonly name: string;
  readonly commandLine: string;
}

/** Every process that this user may look at. */
export async function processes(): Promise<readonly ProcessInfo[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map((pid) => describe(Number(pid))));
  return all.filter((info) => info !== undefined);
}

/** `root` and everything below it. */
export const treeOf = (root: number): Promise<readonly ProcessInfo[]> => treesOf([root]);

/** All of `roots` and everything below them. */
export async function treesOf(roots: readonly number[]): Promise<readonly ProcessInfo[]> {
  const all = await processes();
  const inTree = new Set(roots);
  for (let grown = true; grown;) {
    const size = inTree.size;
    for (const { pid, parent } of all) if (inTree.has(parent)) inTree.add(pid);
    grown = inTree.size > size;
  }
  return all.filter(({ pid }) => inTree.has(pid));
}

/** False for one that has ended, also while it waits for a slow init to take note (proc(5), stat). */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

/** Proportional set size in bytes: shared pages are divided among those who share them. */
export async function pssBytes(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? Number.NaN) * 1024;
}

async function describe(pid: number): Promise<ProcessInfo | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8");
    const end = stat.lastIndexOf(")");
    const parent = Number(stat.slice(end + 2).split(" ")[1]);
    const name = stat.slice(stat.indexOf("(") + 1, end);
    return { pid, parent, name, commandLine: commandLine.replaceAll("\0", " ").trim() };
  } catch {
    // it ended while we looked
    return undefined;
  }
}
