import { Injectable } from "@nestjs/common";
import { uuidv7 } from "@bastide/contracts";
import { DataSource, type EntityManager, In, IsNull } from "typeorm";
import { TargetRow } from "../../apps/target.row.ts";
import { queueBuild } from "../../builds/build-queue.ts";
import { InstanceRow } from "../../instances/instance.row.ts";
import { ReleaseMaker } from "../../releases/release-maker.ts";
import { idsOf, type TargetKey } from "../../targets/target.ts";
import { DeploymentRow } from "../deployment.row.ts";
import type { Action, ActivePhase, Failure, Rollout } from "../domain/rollout.ts";

type Start = Extract<Action, { type: "start" }>;
type Finish = Extract<Action, { type: "finish" }>;

/** What a plan's recording changed. */
export interface Changes {
  readonly started: InstanceRow[];
  readonly stopped: InstanceRow[];
  /** Deployments whose state is another one now. */
  readonly deployments: Set<string>;
}

interface Context {
  readonly manager: EntityManager;
  readonly key: TargetKey;
  readonly rollout: Omit<Rollout, "table">;
  readonly now: Date;
  readonly changes: Changes;
}

/** Puts the actions of one plan into the database, in one transaction. */
@Injectable()
export class ActionRecorder {
  constructor(
    private readonly database: DataSource,
    private readonly releases: ReleaseMaker,
  ) {}

  async record(
    key: TargetKey,
    rollout: Omit<Rollout, "table">,
    actions: readonly Action[],
  ): Promise<Changes> {
    const changes: Changes = { started: [], stopped: [], deployments: new Set() };
    await this.database.transaction(async (manager) => {
      const context = { manager, key, rollout, changes, now: new Date(rollout.nowMs) };
      for (const action of actions) await this.#record(context, action);
    });
    return changes;
  }

  #record(context: Context, action: Action): Promise<unknown> {
    switch (action.type) {
      case "start-build":
        return queueBuild(context.manager, this.#deployment(context));
      case "create-release":
        return this.releases.fromBuild(context.manager, this.#deployment(context));
      case "enter":
        return this.#enter(context, action.phase);
      case "step":
        return this.#update(context, { step: action.step, stepAt: context.now });
      case "promote":
        return this.#promote(context);
      case "start":
        return this.#start(context, action);
      case "drain":
        return this.#drain(context, action.instances, action.limitMs);
      case "stop":
        return this.#stop(context, action.instances);
      case "finish":
      default:
        return this.#finish(context, action);
    }
  }

  #enter(context: Context, phase: ActivePhase): Promise<void> {
    const step = phase === "switching" ? { step: 0, stepAt: context.now } : {};
    return this.#changePhase(context, phase, step);
  }

  async #promote(context: Context): Promise<void> {
    const { deployment } = context.rollout;
    const next = deployment?.generation;
    if (!next) return;
    const row = await this.#active(context);
    if (!row) return;
    const ids = idsOf(context.key);
    const { formation } = await context.manager.findOneByOrFail(TargetRow, ids);
    await context.manager.update(TargetRow, ids, {
      currentReleaseId: next.release,
      generation: next.id,
      formation: { ...formation, ...row.formation },
    });
    await this.#changePhase(context, "draining");
  }

  async #start({ manager, key, now, changes }: Context, start: Start): Promise<void> {
    const rows = (start.nodes ?? []).map((node) =>
      manager.create(InstanceRow, {
        ...idsOf(key),
        id: uuidv7(),
        releaseId: start.release,
        generation: start.generation,
        service: null,
        revision: null,
        process: start.process,
        node,
        desired: "running",
        drainingAt: null,
        drainSeconds: null,
        observed: null,
        createdAt: now,
        removedAt: null,
      }),
    );
    changes.started.push(...rows);
    await manager.insert(InstanceRow, rows);
  }

  #drain({ manager, now }: Context, ids: readonly string[], limitMs: number): Promise<unknown> {
    return manager.update(
      InstanceRow,
      { id: In([...ids]), desired: "running" },
      { desired: "draining", drainingAt: now, drainSeconds: limitMs / 1000 },
    );
  }

  async #stop({ manager, changes }: Context, ids: readonly string[]): Promise<void> {
    const where = { id: In([...ids]), removedAt: IsNull() };
    await manager.update(InstanceRow, where, { desired: "stopped" });
    changes.stopped.push(...(await manager.findBy(InstanceRow, where)));
  }

  #finish(context: Context, action: Finish): Promise<void> {
    const failure = action.outcome === "failed" ? failureOf(action.failure) : null;
    return this.#changePhase(context, action.outcome, { endedAt: context.now, failure });
  }

  async #changePhase(
    context: Context,
    phase: DeploymentRow["phase"],
    more: Partial<DeploymentRow> = {},
  ): Promise<void> {
    const row = await this.#active(context);
    if (!row) return;
    const spentMs = Math.max(0, context.now.getTime() - row.phaseAt.getTime());
    const timingsMs = { ...row.timingsMs, [row.phase]: (row.timingsMs[row.phase] ?? 0) + spentMs };
    await this.#update(context, { phase, phaseAt: context.now, timingsMs, ...more });
  }

  #active(context: Context): Promise<DeploymentRow | null> {
    const id = this.#deployment(context);
    return context.manager.findOneBy(DeploymentRow, { id, endedAt: IsNull() });
  }

  async #update(context: Context, change: Partial<DeploymentRow>): Promise<void> {
    const id = this.#deployment(context);
    context.changes.deployments.add(id);
    // What was ended meanwhile, by a newer deployment or by a removal, stays as it ended.
    await context.manager.update(DeploymentRow, { id, endedAt: IsNull() }, change);
  }

  #deployment({ rollout }: Context): string {
    if (!rollout.deployment) throw new Error("the plan acts on a deployment that is not there");
    return rollout.deployment.id;
  }
}

const failureOf = ({
  code,
  message,
  lastLogs,
}: Failure): NonNullable<DeploymentRow["failure"]> => ({
  code,
  message,
  lastLogs: [...lastLogs],
});
