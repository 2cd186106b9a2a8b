import { Injectable } from "@nestjs/common";
import type { InstanceRow } from "../instances/instance.row.ts";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import { AgentLogs } from "../nodes/agent-logs.ts";
import { DesiredState } from "../nodes/desired-state.ts";
import { DeploymentFeed } from "./deployment-feed.ts";
import type { Action, Rollout } from "./domain/rollout.ts";
import type { Changes } from "./records/action-recorder.ts";

const LAST_LINES = 30;

/** What follows outside the database from recorded changes. All of it is done again after a restart. */
@Injectable()
export class RolloutEffects {
  constructor(
    private readonly registry: InstanceRegistry,
    private readonly desired: DesiredState,
    private readonly feed: DeploymentFeed,
    private readonly agentLogs: AgentLogs,
  ) {}

  restore(): Promise<void> {
    return this.desired.restore();
  }

  /** What `after` should have done for these and could not, after a failure between the two. */
  catchUp(instances: readonly InstanceRow[]): Promise<void> {
    return this.desired.catchUp(instances);
  }

  async after({ started, stopped, deployments }: Changes): Promise<void> {
    await this.desired.started(started);
    this.desired.stopped(stopped);
    for (const id of deployments) this.feed.emit(id, { type: "changed" });
  }

  /** A failure whose report brought no log lines gets them from the node: of an instance that runs but is not ready. */
  async withLastLogs(
    rollout: Omit<Rollout, "table">,
    actions: readonly Action[],
  ): Promise<readonly Action[]> {
    const generation = rollout.deployment?.generation?.id;
    const member = rollout.members.find(
      ({ generation: of, observed }) => of === generation && observed?.phase !== "ready",
    );
    const instance = member && this.registry.get(member.id);
    return Promise.all(
      actions.map(async (action) => {
        const isSilent =
          action.type === "finish" &&
          action.outcome === "failed" &&
          action.failure.lastLogs.length === 0;
        if (!isSilent || !instance) return action;
        const lastLogs = await this.agentLogs.last(instance, LAST_LINES);
        return { ...action, failure: { ...action.failure, lastLogs } };
      }),
    );
  }
}
