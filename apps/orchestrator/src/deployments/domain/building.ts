import type { Action, ActiveDeployment } from "./rollout.ts";

/** The build itself is a job: here is only what its outcome means. */
export function advanceBuilding(deployment: ActiveDeployment): readonly Action[] {
  if (deployment.cancelRequested) return [{ type: "finish", outcome: "cancelled" }];
  const { build } = deployment;
  if (!build) return [{ type: "start-build" }];
  if (build.state === "failed")
    return [{ type: "finish", outcome: "failed", failure: build.failure }];
  if (build.state !== "succeeded") return [];
  return [{ type: "create-release" }, { type: "enter", phase: "starting" }];
}
