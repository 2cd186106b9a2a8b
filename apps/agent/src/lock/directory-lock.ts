import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../disk/file-errors.ts";

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

/** Takes the directory for this process until it ends, however it ends. Throws DirectoryInUse. */
export async function lockDirectory(directory: string): Promise<void> {
  const file = join(directory, "agent.lock");
  const own = join(directory, `agent.lock.${randomUUID()}`);
  await writeFile(own, `${ourselves()}\n`, { mode: 0o600 });
  try {
    // A link is made whole or not at all, and never over another.
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await tryLink(own, file)) return;
      const owner = await readOwner(file);
      if (owner !== undefined && isAlive(owner))
        throw new DirectoryInUse(
          `Another agent (process ${owner.split(" ")[0]}) uses ${directory}. Stop it first, or give this one a directory of its own by BASTIDE_AGENT_DIR.`,
        );
      await rm(file, { force: true });
    }
    throw new DirectoryInUse(`Several agents are starting in ${directory} at once; start one.`);
  } finally {
    await rm(own, { force: true });
  }
}

async function tryLink(own: string, file: string): Promise<boolean> {
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

async function readOwner(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
