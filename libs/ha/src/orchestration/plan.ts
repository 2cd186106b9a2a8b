import type { Desired } from "../services/service.ts";
import { planFrozen } from "./frozen.ts";
import { type Action, isUp, type Observation } from "./observation.ts";
import { planPlaced } from "./placed.ts";
import { planPurged } from "./purged.ts";
import { planStarted } from "./started.ts";
import { planStopped } from "./stopped.ts";
import { takeDown } from "./take-down.ts";

/**
 * What this node does now about one service. Whatever is desired, a failover service without a valid lease is taken
 * down; what was never asked for is left as it is.
 */
export function plan(seen: Observation, desired: Desired | undefined): Action[] {
  if (!seen.rules.mayStart(seen.lease) && isUp(seen)) return takeDown(seen);
  switch (desired?.kind) {
    case "started":
      return planStarted(seen);
    case "placed":
      return planPlaced(seen, desired.node);
    case "stopped":
      return desired.purge === true ? planPurged(seen) : planStopped(seen);
    case "frozen":
    case undefined:
    default:
      return planFrozen(seen);
  }
}
