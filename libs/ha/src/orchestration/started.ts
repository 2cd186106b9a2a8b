import { bringUp } from "./bring-up.ts";
import { type Action, isUp, type Observation } from "./observation.ts";
import { planFlex } from "./flex.ts";
import { isMyTurn, ranked } from "./ranking.ts";
import { takeDown } from "./take-down.ts";

/** Desired: started. `first` is the node that is wanted before all others. */
export function planStarted(seen: Observation, first?: string): Action[] {
  if (seen.isBlocked) return takeDown(seen);
  const { topology } = seen.spec;
  return topology.kind === "failover" ? planFailover(seen, first) : planFlex(seen, topology, first);
}

/** Who has it keeps it, also where it may no more take it anew; who is leaving waits for another; who hasn't asks in turn. */
function planFailover(seen: Observation, first: string | undefined): Action[] {
  if (isLeaving(seen) && ranked(seen, first).length > 0) return takeDown(seen);
  if (seen.lease.kind === "mine") return [{ kind: "hold-lease" }, ...bringUp(seen)];
  if (isUp(seen)) return takeDown(seen);
  // Who runs it may act on what candidates re-granted, and the store would grant the lease to whoever asks.
  if (runsElsewhere(seen)) return [];
  // What a rule allows without a lease is the rule's to say.
  return isMyTurn(seen, first) ? [{ kind: "hold-lease" }, ...bringUp(seen)] : [];
}

const isLeaving = ({ self, nodes }: Observation): boolean =>
  nodes.some((node) => node.id === self && node.isLeaving);

const runsElsewhere = ({ self, spec, nodes }: Observation): boolean =>
  nodes.some(({ id, runs }) => id !== self && runs.has(spec.name));
