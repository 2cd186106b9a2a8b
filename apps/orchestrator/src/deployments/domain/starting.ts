import { startFailure } from "./failure.ts";
import {
  type Action,
  type ActiveDeployment,
  type Generation,
  isReady,
  isRunning,
  type Member,
  type Rollout,
} from "./rollout.ts";

/** Waits until every instance wanted is ready; the instances themselves are started by the steady rule. */
export function advanceStarting(deployment: ActiveDeployment, rollout: Rollout): readonly Action[] {
  if (deployment.cancelRequested) return [{ type: "finish", outcome: "cancelled" }];
  const failure = startFailure(deployment, rollout.members, rollout.nowMs);
  if (failure) return [{ type: "finish", outcome: "failed", failure }];
  if (!deployment.generation || !isComplete(deployment.generation, rollout.members)) return [];
  return [{ type: "enter", phase: "switching" }];
}

export function isComplete(generation: Generation, members: readonly Member[]): boolean {
  const ready = members.filter(
    (member) => isRunning(member) && isReady(member) && member.generation === generation.id,
  );
  return Object.entries(generation.wanted).every(
    ([process, { count }]) => ready.filter((member) => member.process === process).length >= count,
  );
}
