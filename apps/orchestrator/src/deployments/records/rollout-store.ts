import { Injectable } from "@nestjs/common";
import { DataSource, IsNull } from "typeorm";
import { z } from "zod";
import { TargetRow } from "../../apps/target.row.ts";
import { BuildRow } from "../../builds/build.row.ts";
import { InstanceRegistry } from "../../instances/instance-registry.ts";
import { InstanceRow } from "../../instances/instance.row.ts";
import { ReleaseProcesses } from "../../releases/release-processes.ts";
import { idsOf, keyOf, type Target, type TargetKey } from "../../targets/target.ts";
import { TargetFinder } from "../../targets/target-finder.ts";
import { DeploymentRow } from "../deployment.row.ts";
import type { Action, Rollout } from "../domain/rollout.ts";
import { ActionRecorder, type Changes } from "./action-recorder.ts";
import { rolloutOf } from "./rollout-of-rows.ts";

const Keys = z.array(z.object({ appId: z.string(), environmentId: z.string() }));

/** A rollout as recorded and observed; what the gateways say of it comes from elsewhere. */
export interface RecordedRollout {
  /** Absent when the app or the environment is deleted and only instances are left of it. */
  readonly target?: Target;
  readonly rollout: Omit<Rollout, "table">;
  /** Every instance that its node has not taken leave of, those told to stop included. */
  readonly instances: readonly InstanceRow[];
}

/** The recorded state of rollouts. Read and written by the reconcile loop, never twice at a time for one key. */
@Injectable()
export class RolloutStore {
  constructor(
    private readonly database: DataSource,
    private readonly targets: TargetFinder,
    private readonly releases: ReleaseProcesses,
    private readonly registry: InstanceRegistry,
    private readonly recorder: ActionRecorder,
  ) {}

  /** Everything that has a rollout: targets, and instances that outlived theirs. */
  async keys(): Promise<readonly TargetKey[]> {
    const rows: unknown = await this.database.query(
      `select app_id "appId", environment_id "environmentId" from targets
       union select app_id, environment_id from instances where removed_at is null and app_id is not null
       union select app_id, environment_id from deployments where ended_at is null`,
    );
    return Keys.parse(rows).map(keyOf);
  }

  async load(key: TargetKey, nowMs: number): Promise<RecordedRollout> {
    const ids = idsOf(key);
    const [target, row, deployment, instances] = await Promise.all([
      this.targets.byIds(ids),
      this.database.getRepository(TargetRow).findOneBy(ids),
      this.database.getRepository(DeploymentRow).findOneBy({ ...ids, endedAt: IsNull() }),
      this.database.getRepository(InstanceRow).findBy({ ...ids, removedAt: IsNull() }),
    ]);
    const members = instances.filter(({ desired }) => desired !== "stopped");
    const releaseIds = [row?.currentReleaseId, deployment?.releaseId, ...members.map(releaseOf)];
    const [processes, build] = await Promise.all([
      this.releases.of(releaseIds.filter((id) => typeof id === "string")),
      deployment?.phase === "building" ? this.#build(deployment.id) : null,
    ]);
    const rows = { target: row, deployment, build, instances: members, processes };
    const rollout = rolloutOf(rows, this.registry, nowMs);
    return { rollout, instances, ...(target ? { target } : {}) };
  }

  /** Records all of a plan, or nothing of it. A deployment that ended meanwhile is not changed any more. */
  record(
    key: TargetKey,
    rollout: Omit<Rollout, "table">,
    actions: readonly Action[],
  ): Promise<Changes> {
    return this.recorder.record(key, rollout, actions);
  }

  #build(deploymentId: string): Promise<BuildRow | null> {
    return this.database.getRepository(BuildRow).findOneBy({ deploymentId });
  }
}

const releaseOf = (row: InstanceRow): string | null => row.releaseId;
