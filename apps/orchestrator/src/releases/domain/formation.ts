import type { Formation } from "@bastide/contracts";
import { nearest } from "./nearest.ts";

/** Why a formation cannot be had with these processes; undefined when it can. */
export function checkFormation(
  formation: Formation,
  processes: readonly string[],
): string | undefined {
  const unknown = Object.keys(formation).find((name) => !processes.includes(name));
  if (unknown === undefined) return undefined;
  const meant = nearest(unknown, processes);
  const hint = meant === undefined ? "" : ` Did you mean "${meant}"?`;
  return `the current release has no process "${unknown}"; it has ${processes.map((name) => `"${name}"`).join(", ")}.${hint}`;
}
