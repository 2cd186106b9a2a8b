import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Another agent that lives uses the directory. */
export class DirectoryInUse extends Error {
  override readonly name = "DirectoryInUse";
}

/** This boot of the host. */
export const currentBootId = (): string =>
  readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

/** Clock ticks after boot at which a process started (proc(5)); undefined for none. With the pid it is never reused. */
function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

const ourselves = (): string => `${process.pid} ${startTicksOf(process.pid)} ${currentBootId()}`;

function isAlive(owner: string): boolean {
  const [pid = "", ticks, boot] = owner.trim().split(" ");
  return boot === currentBootId() && startTicksOf(Number(pid)) === ticks && ticks !== undefined;
}

/**
 * Takes the directory for this process until it ends, however it ends: by a lock of the kernel's, which no two have and
 * nobody leaves behind. Whose it is lies in the file, for others to read. Throws DirectoryInUse.
 */
export async function lockDirectory(directory: string): Promise<void> {
  const path = join(directory, "agent.lock");
  // Never closed once it is locked.
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const isLocked = await tryLock(file);
    const owner = readFileSync(path, "utf8");
    // An agent of an earlier version has the file, and no lock.
    if (!isLocked || isAlive(owner))
      throw new DirectoryInUse(
        `Another agent (process ${owner.split(" ")[0] || "that is starting"}) uses ${directory}. Stop it first, or give this one a directory of its own by BASTIDE_AGENT_DIR.`,
      );
    ftruncateSync(file);
    writeSync(file, `${ourselves()}\n`, 0);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Locks belong to what was opened, and not to who opened it: what the tool takes is ours when it has ended (flock(2)). */
async function tryLock(file: number): Promise<boolean> {
  const tool = spawn("flock", ["--exclusive", "--nonblock", "3"], {
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["ignore", "ignore", "ignore", file],
  });
  const [code]: unknown[] = await once(tool, "close");
  return code === 0;
}

/** Who has taken the directory and lives: its process id. */
export function livingOwner(directory: string): number | undefined {
  try {
    const owner = readFileSync(join(directory, "agent.lock"), "utf8");
    return isAlive(owner) ? Number(owner.split(" ")[0]) : undefined;
  } catch {
    return undefined;
  }
}
