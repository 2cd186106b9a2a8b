import { Injectable } from "@nestjs/common";
import type { Deployment } from "@bastide/contracts";
import type { Caller } from "@bastide/service-kit";
import type { EntityManager } from "typeorm";
import { TargetRow } from "../apps/target.row.ts";
import { ReleaseMaker } from "../releases/release-maker.ts";
import { ReleaseRow } from "../releases/release.row.ts";
import { keyOf, type TargetIds } from "../targets/target.ts";
import { TargetFinder } from "../targets/target-finder.ts";
import { Wakes } from "../targets/wakes.ts";
import { ConfigurationRollout } from "../variables/configuration-rollout.ts";
import { DeploymentStarter, runningOf } from "./deployment-starter.ts";
import { DeploymentViews } from "./deployment-views.ts";
import { DeploymentRow } from "./deployment.row.ts";

const DESCRIPTION = "New configuration";

/** Brings changed variables into service: a new release of the current artefact, rolled out like any other. */
@Injectable()
export class NewConfiguration extends ConfigurationRollout {
  readonly #begun = new WeakMap<Deployment, TargetIds>();

  constructor(
    private readonly maker: ReleaseMaker,
    private readonly starter: DeploymentStarter,
    private readonly views: DeploymentViews,
    private readonly targets: TargetFinder,
    private readonly wakes: Wakes,
  ) {
    super();
  }

  /** A deployment that has not made its release yet will make it with the new variables: nothing more is needed. */
  override async begin(
    manager: EntityManager,
    ids: TargetIds,
    caller: Caller,
  ): Promise<Deployment | undefined> {
    const { appId, environmentId } = ids;
    const target = await this.targets.byIds(ids);
    const running = await runningOf(manager, ids);
    if (!target) return undefined;
    if (running && running.releaseId === null) return this.views.ofOne(target, running, manager);
    const { currentReleaseId: id } = await manager.findOneByOrFail(TargetRow, {
      appId,
      environmentId,
    });
    if (id === null) return undefined;
    const row = await this.starter.start(manager, ids, {
      kind: "configuration",
      createdBy: caller.subject,
      description: DESCRIPTION,
    });
    const current = await manager.findOneByOrFail(ReleaseRow, { id });
    const release = await this.maker.withNewVariables(manager, ids, current, DESCRIPTION);
    row.releaseId = release.id;
    await manager.update(DeploymentRow, { id: row.id }, { releaseId: release.id });
    const deployment = await this.views.ofOne(target, row, manager);
    this.#begun.set(deployment, ids);
    return deployment;
  }

  override begun(deployment: Deployment): void {
    const ids = this.#begun.get(deployment);
    if (ids) this.wakes.wake([keyOf(ids)]);
  }
}
