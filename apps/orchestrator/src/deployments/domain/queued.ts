import type { Action, ActiveDeployment } from "./rollout.ts";

/** What has its release starts at once; what has none is built first. */
export function advanceQueued(deployment: ActiveDeployment): readonly Action[] {
  if (deployment.cancelRequested) return [{ type: "finish", outcome: "cancelled" }];
  if (deployment.generation) return [{ type: "enter", phase: "starting" }];
  return [{ type: "start-build" }, { type: "enter", phase: "building" }];
}
