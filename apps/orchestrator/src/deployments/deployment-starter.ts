import { Injectable } from "@nestjs/common";
import { uuidv7 } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { type EntityManager, IsNull } from "typeorm";
import { TargetsService } from "../apps/targets.service.ts";
import { queueBuild } from "../builds/build-queue.ts";
import type { TargetIds } from "../targets/target.ts";
import { DeploymentRow } from "./deployment.row.ts";

/** What a caller decides of a deployment; the rest has its beginning. */
export type NewDeployment = Pick<DeploymentRow, "kind" | "createdBy"> &
  Partial<
    Pick<
      DeploymentRow,
      | "source"
      | "prebuilt"
      | "verifyReproducible"
      | "releaseId"
      | "formation"
      | "strategy"
      | "description"
    >
  >;

const AT_ONCE = { steps: [100], stepSeconds: 0, drainSeconds: 30 };

/** Begins deployments, one at a time per target. */
@Injectable()
export class DeploymentStarter {
  constructor(private readonly targets: TargetsService) {}

  /**
   * Records a new deployment in the caller's transaction, which holds the target's lock from here on, and with it the
   * build of what has a source; the rest has its release and starts. Throws `deployment-in-progress`. One that only drains is no hindrance: it has succeeded, and what it replaced goes on
   * draining without it.
   */
  async start(
    manager: EntityManager,
    { appId, environmentId }: TargetIds,
    wish: NewDeployment,
  ): Promise<DeploymentRow> {
    await this.targets.lock({ appId, environmentId }, manager);
    const running = await runningOf(manager, { appId, environmentId });
    if (running) await supersede(manager, running);
    const now = new Date();
    const isBuilt = typeof wish.source === "string";
    const row = manager.create(DeploymentRow, {
      id: uuidv7(),
      appId,
      environmentId,
      phase: isBuilt ? "building" : "starting",
      source: null,
      prebuilt: false,
      verifyReproducible: false,
      releaseId: null,
      formation: null,
      strategy: AT_ONCE,
      step: 0,
      stepAt: null,
      phaseAt: now,
      timingsMs: {},
      plan: null,
      failure: null,
      description: null,
      cancelRequested: false,
      createdAt: now,
      endedAt: null,
      ...wish,
    });
    await manager.insert(DeploymentRow, row);
    if (isBuilt) await queueBuild(manager, row.id);
    return row;
  }
}

export const runningOf = (
  manager: EntityManager,
  { appId, environmentId }: TargetIds,
): Promise<DeploymentRow | null> =>
  manager.findOneBy(DeploymentRow, { appId, environmentId, endedAt: IsNull() });

async function supersede(manager: EntityManager, running: DeploymentRow): Promise<void> {
  if (running.phase !== "draining") throw inProgress(running);
  const now = new Date();
  await manager.update(
    DeploymentRow,
    { id: running.id, endedAt: IsNull() },
    {
      phase: "succeeded",
      phaseAt: now,
      endedAt: now,
      timingsMs: { ...running.timingsMs, draining: now.getTime() - running.phaseAt.getTime() },
    },
  );
}

export const inProgress = ({ id, kind, phase, createdBy }: DeploymentRow): ProblemError =>
  new ProblemError(
    "deployment-in-progress",
    `deployment ${id} (${kind}, ${phase}, by ${createdBy}) is in progress; wait for it, or cancel it`,
  );
