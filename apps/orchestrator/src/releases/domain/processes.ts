import type { Formation, ProcessSpec } from "@bastide/contracts";
import type { Wanted } from "../../deployments/domain/rollout.ts";

export type Processes = Readonly<Record<string, ProcessSpec>>;

/** `web` listens unless it says otherwise, other processes do not. */
export const listens = (name: string, spec: ProcessSpec): boolean => spec.listens ?? name === "web";

/** The process that the app's host leads to: `web`, or else the only one that listens. */
export function publicProcess(processes: Processes): string | undefined {
  const listening = Object.keys(processes).filter((name) => {
    const spec = processes[name];
    return spec !== undefined && listens(name, spec);
  });
  if (listening.includes("web")) return "web";
  return listening.length === 1 ? listening[0] : undefined;
}

/** How many of each process run: as the release says, but for what `scale` set. */
export function wantedOf(processes: Processes, formation: Formation): Wanted {
  const open = publicProcess(processes);
  return Object.fromEntries(
    Object.entries(processes).map(([name, spec]) => [
      name,
      {
        count: formation[name] ?? spec.instances,
        isPublic: name === open,
        startTimeoutMs: spec.startTimeoutSeconds * 1000,
      },
    ]),
  );
}
