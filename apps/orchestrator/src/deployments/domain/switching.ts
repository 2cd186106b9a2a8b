import { ACKNOWLEDGE_TIMEOUT_MS, startFailure, unacknowledged } from "./failure.ts";
import type { Action, ActiveDeployment, Rollout } from "./rollout.ts";
import { isComplete } from "./starting.ts";

/**
 * The weights of the present step follow from `step` alone, so the table is right after any restart. Each step must
 * be acknowledged by every live gateway before the next, and the last one before the new generation takes over.
 */
export function advanceSwitching(
  deployment: ActiveDeployment,
  rollout: Rollout,
): readonly Action[] {
  const { nowMs, table, members } = rollout;
  if (deployment.cancelRequested) return [{ type: "finish", outcome: "cancelled" }];
  const failure = startFailure(deployment, members, nowMs);
  if (failure) return [{ type: "finish", outcome: "failed", failure }];
  const sinceMs = nowMs - deployment.stepSinceMs;
  if (!table.isAcknowledged)
    return sinceMs > ACKNOWLEDGE_TIMEOUT_MS
      ? [{ type: "finish", outcome: "failed", failure: unacknowledged }]
      : [];
  if (deployment.step < deployment.strategy.steps.length - 1)
    return sinceMs >= deployment.strategy.stepMs
      ? [{ type: "step", step: deployment.step + 1 }]
      : [];
  return deployment.generation && isComplete(deployment.generation, members)
    ? [{ type: "promote" }]
    : [];
}
