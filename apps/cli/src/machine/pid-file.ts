import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { systemCode } from "../command-line/failure.ts";
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts";

/** The living process that a pid file names; undefined for a missing, damaged or stale file. */
export function readPidFile(file: string): ProcessIdentity | undefined {
  const recorded = parse(file);
  return recorded !== undefined && isAlive(recorded) ? recorded : undefined;
}

/** Replaces the file at once, so that a reader never sees half of it. */
export function writePidFile(file: string, process: ProcessIdentity): void {
  writeFileSync(`${file}.new`, `${process.pid} ${process.startTicks}\n`, { mode: 0o644 });
  renameSync(`${file}.new`, file);
}

/**
 * Takes a pid file for this process, as a lock. Returns the living holder when there is one, and undefined when the
 * lock is ours. A hard link appears with its content or not at all, so two takers cannot both win.
 */
export function tryLockPidFile(file: string): ProcessIdentity | undefined {
  const own = identify(process.pid);
  if (own === undefined) throw new Error("/proc is not mounted: processes cannot be identified");
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, `${own.pid} ${own.startTicks}\n`, { mode: 0o644 });
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (tryLink(mine, file)) return undefined;
      const holder = readPidFile(file);
      if (holder !== undefined) return holder.pid === own.pid ? undefined : holder;
      setAside(file, `${mine}.stale`);
    }
    throw new Error(`${file} could not be taken: several processes try at once; run this again`);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Removes a lock, but only our own. */
export function unlockPidFile(file: string): void {
  if (parse(file)?.pid === process.pid) rmSync(file, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Moves a stale file away; what turns out to be somebody's new lock is put back. */
function setAside(file: string, away: string): void {
  try {
    renameSync(file, away);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  if (readPidFile(away) !== undefined) tryLink(away, file);
  rmSync(away, { force: true });
}

function parse(file: string): ProcessIdentity | undefined {
  try {
    const match = /^(\d+) (\d+)\n$/.exec(readFileSync(file, "utf8"));
    return match === null ? undefined : { pid: Number(match[1]), startTicks: Number(match[2]) };
  } catch {
    return undefined;
  }
}
