import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, type ProcessIdentity } from "../machine/process-identity.ts";

/** The living runs that an agent's directory records (`instances/<id>/record.json`): adopted by the next agent. */
export function livingInstances(agentDirectory: string): ProcessIdentity[] {
  return recordFiles(join(agentDirectory, "instances"))
    .map(handleIn)
    .filter((handle) => handle !== undefined)
    .filter(isAlive);
}

/** The guard of an agent's directory, which outlives the agent (`guard/agent.lock`). */
export function livingGuard(agentDirectory: string): ProcessIdentity | undefined {
  try {
    const owner = readFileSync(join(agentDirectory, "guard", "agent.lock"), "utf8").split(" ");
    const guard = { pid: Number(owner[0]), startTicks: Number(owner[1]) };
    return isAlive(guard) ? guard : undefined;
  } catch {
    return undefined;
  }
}

function recordFiles(directory: string): string[] {
  try {
    return readdirSync(directory).map((id) => join(directory, id, "record.json"));
  } catch {
    return [];
  }
}

/** Only the run's identity is wanted of a record; one that cannot be read has none. */
function handleIn(file: string): ProcessIdentity | undefined {
  try {
    const record: { run?: { handle?: { pid?: unknown; startTicks?: unknown } } } = JSON.parse(
      readFileSync(file, "utf8"),
    );
    const { pid, startTicks } = record.run?.handle ?? {};
    return typeof pid === "number" && typeof startTicks === "number"
      ? { pid, startTicks }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process is one of those, or was started by one. */
export function belongsTo(pid: number, instances: readonly ProcessIdentity[]): boolean {
  const owners = new Set(instances.map((one) => one.pid));
  for (let current = pid; current > 1; current = parentOf(current))
    if (owners.has(current)) return true;
  return false;
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}
