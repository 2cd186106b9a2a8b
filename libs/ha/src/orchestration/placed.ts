import { type Action, isUp, type Observation } from "./observation.ts";
import { mayTake } from "./ranking.ts";
import { planStarted } from "./started.ts";
import { takeDown } from "./take-down.ts";

/**
 * Desired: started on `node`, and this is a switch where it runs elsewhere. The others hand it over only to a node
 * that is ready for it and breaks no hard affinity; while it does not, they keep it as if nobody had asked.
 */
export function planPlaced(seen: Observation, node: string): Action[] {
  const isElsewhere = node !== seen.self;
  if (!seen.spec.candidates.includes(node)) return planStarted(seen);
  // One of its instances is there, and the others are wherever it is best.
  if (seen.spec.topology.kind === "flex") return planStarted(seen, node);
  if (isElsewhere && mayTake(seen, node)) return takeDown(seen);
  if (!isElsewhere && mayTake(seen, node) && !isUp(seen) && seen.lease.kind !== "mine")
    return [{ kind: "hold-lease" }];
  return planStarted(seen, node);
}
