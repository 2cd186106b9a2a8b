import { type Action, isUp, type Observation } from "./observation.ts";
import { takeDown } from "./take-down.ts";

/** Desired: purged. Stopped as by `stopped`; then what it left on this node goes, and with it the last of the service. */
export function planPurged(seen: Observation): Action[] {
  const mayPurge = seen.hasRemains && seen.rules.mayPurge(isUp(seen));
  return [...takeDown(seen), ...(mayPurge ? [{ kind: "purge" as const }] : [])];
}
