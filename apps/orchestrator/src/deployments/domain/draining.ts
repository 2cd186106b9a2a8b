import { type Action, type ActiveDeployment, isRunning, type Rollout } from "./rollout.ts";
import { converge } from "./steady.ts";

/** The new generation serves; what it replaced finishes its requests. Nothing can fail or be cancelled any more. */
export function advanceDraining(
  _deployment: ActiveDeployment,
  rollout: Rollout,
): readonly Action[] {
  const isSettled = rollout.members.every(isRunning) && converge(rollout).length === 0;
  return isSettled ? [{ type: "finish", outcome: "succeeded" }] : [];
}
