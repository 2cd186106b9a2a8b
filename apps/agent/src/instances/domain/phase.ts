import type { ObservedInstance } from "@bastide/contracts";
import type { InstanceState } from "./plan.ts";

export type Phase = ObservedInstance["phase"];

/** The phase that a report shows; `isStopping` while the run is being ended. */
export function phaseOf(state: InstanceState, isStopping: boolean, nowMs: number): Phase {
  if (isStopping) return "stopping";
  if (state.run) return livingPhase(state.run);
  if (state.desired !== "running") return "stopped";
  if (state.hasFailed) return "failed";
  if (state.crashes.inARow > 0 && nowMs < state.notBeforeMs) return "backing-off";
  return state.isPrepared ? "starting" : "preparing";
}

function livingPhase(run: NonNullable<InstanceState["run"]>): Phase {
  if (!run.wasReady) return "starting";
  return run.verdict === "kept" || run.verdict === "pending" ? "ready" : "unready";
}
