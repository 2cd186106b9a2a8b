import type { ChangeVariables, Deployment, Variable } from "@bastide/contracts";
import { type Caller, ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource, type EntityManager } from "typeorm";
import type { TargetIds } from "../apps/targets.service.ts";
import { TargetRow } from "../apps/target.row.ts";
import { TargetsService } from "../apps/targets.service.ts";
import { ConfigurationRollout } from "./configuration-rollout.ts";
import { contradictionsOf, excessOf, planChanges } from "./domain/variable-changes.ts";
import { VariableRow } from "./variable.row.ts";
import { VariableStore } from "./variable-store.ts";

@Injectable()
export class VariablesService {
  readonly #source: DataSource;
  readonly #targets: TargetsService;
  readonly #store: VariableStore;
  readonly #rollout: ConfigurationRollout;

  constructor(
    source: DataSource,
    targets: TargetsService,
    store: VariableStore,
    rollout: ConfigurationRollout,
  ) {
    this.#source = source;
    this.#targets = targets;
    this.#store = store;
    this.#rollout = rollout;
  }

  /** A secret's value is never read here, so that it cannot be given back by mistake. */
  async list({ appId, environmentId }: TargetIds): Promise<Variable[]> {
    const rows = await this.#source.manager.find(VariableRow, {
      select: { id: true, name: true, secret: true, value: true, updatedAt: true },
      where: { appId, environmentId },
      order: { name: "ASC" },
    });
    return rows.map(({ name, secret, value, updatedAt }) => ({
      name,
      secret,
      ...(value !== null && { value }),
      updatedAt: updatedAt.toISOString(),
    }));
  }

  /** All of the change or nothing of it. What runs gets the new variables by a deployment, if anything runs. */
  async change(
    target: TargetIds,
    change: ChangeVariables,
    caller: Caller,
  ): Promise<Deployment | undefined> {
    const both = contradictionsOf(change);
    if (both.length > 0)
      throw new ProblemError("invalid-request", `${both.join(", ")}: set it or unset it, not both`);
    const deployment = await this.#source.transaction(async (manager) => {
      const isChanged = await this.#write(manager, target, change);
      return isChanged ? this.#rollout.begin(manager, target, caller) : undefined;
    });
    if (deployment) this.#rollout.begun(deployment);
    return deployment;
  }

  async #write(
    manager: EntityManager,
    target: TargetIds,
    change: ChangeVariables,
  ): Promise<boolean> {
    await this.#targets.lock(target, manager);
    const current = await this.#store.read(manager, target);
    const plan = planChanges(current, change);
    if (plan.write.length + plan.remove.length === 0) return false;
    const excess = excessOf(current, plan);
    if (excess !== undefined) throw new ProblemError("invalid-request", excess);
    await this.#store.apply(manager, target, plan);
    const { appId, environmentId } = target;
    await manager.increment(TargetRow, { appId, environmentId }, "configVersion", 1);
    return true;
  }
}
