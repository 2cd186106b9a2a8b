import { Injectable } from "@nestjs/common";
import type { CreateDeployment, Deployment, Formation, Page, PageQuery } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { DataSource, type EntityManager } from "typeorm";
import { pageOfRows } from "../persistence/page.ts";
import { checkFormation } from "../releases/domain/formation.ts";
import { ReleasesService } from "../releases/releases.service.ts";
import { keyOf, type Target } from "../targets/target.ts";
import { Wakes } from "../targets/wakes.ts";
import { DeploymentStarter, type NewDeployment } from "./deployment-starter.ts";
import { DeploymentViews } from "./deployment-views.ts";
import { DeploymentRow } from "./deployment.row.ts";

/** What callers do to deployments. Each call only records a wish: the reconcile loop carries it out. */
@Injectable()
export class DeploymentsService {
  constructor(
    private readonly database: DataSource,
    private readonly releases: ReleasesService,
    private readonly starter: DeploymentStarter,
    private readonly views: DeploymentViews,
    private readonly wakes: Wakes,
  ) {}

  create(target: Target, body: CreateDeployment, createdBy: string): Promise<Deployment> {
    const { strategy, source, release } = body;
    const common = { createdBy, strategy, description: body.description ?? null };
    return this.#start(target, async (manager) => {
      if (release !== undefined) {
        const { id } = await this.releases.find(manager, target, release);
        return { ...common, kind: "rollback", releaseId: id };
      }
      await this.releases.requireSource(manager, target, source ?? "");
      const { prebuilt, verifyReproducible } = body;
      const kind = prebuilt ? "prebuilt" : "source";
      return { ...common, kind, source: source ?? "", prebuilt, verifyReproducible };
    });
  }

  rollback(target: Target, version: number | undefined, createdBy: string): Promise<Deployment> {
    return this.#start(target, async (manager) => {
      const release = await this.releases.rollbackTarget(manager, target, version);
      return { kind: "rollback", createdBy, releaseId: release.id };
    });
  }

  scale(target: Target, formation: Formation, createdBy: string): Promise<Deployment> {
    return this.#start(target, async (manager) => {
      const release = await this.releases.current(manager, target);
      const refusal = checkFormation(formation, Object.keys(release.processes));
      if (refusal) throw new ProblemError("invalid-request", refusal);
      return { kind: "scale", createdBy, formation, releaseId: release.id };
    });
  }

  /** Asks for the end of a deployment; what served keeps serving. Throws `conflict` when it is too late. */
  async cancel(target: Target, id: string): Promise<Deployment> {
    const row = await this.find(target, id);
    const { affected } = await this.database
      .createQueryBuilder()
      .update(DeploymentRow)
      .set({ cancelRequested: true })
      .where("id = :id and ended_at is null and phase <> 'draining'", { id })
      .execute();
    if (affected === 0)
      throw new ProblemError(
        "conflict",
        `deployment ${id} cannot be cancelled any more: it is ${row.phase}. Roll back to have the release before it.`,
      );
    this.wakes.wake([keyOf(target)]);
    return this.views.ofOne(target, row);
  }

  async list(target: Target, page: PageQuery): Promise<Page<Deployment>> {
    const query = this.database
      .getRepository(DeploymentRow)
      .createQueryBuilder("deployment")
      .where("deployment.appId = :appId and deployment.environmentId = :environmentId", {
        appId: target.appId,
        environmentId: target.environmentId,
      });
    const { items, ...rest } = await pageOfRows(query, page, (row) => row);
    return { ...rest, items: await this.views.of(target, items) };
  }

  async get(target: Target, id: string): Promise<Deployment> {
    return this.views.ofOne(target, await this.find(target, id));
  }

  /** Throws `not-found`; another target's deployment is not found either. */
  async find({ appId, environmentId }: Target, id: string): Promise<DeploymentRow> {
    const rows = this.database.getRepository(DeploymentRow);
    const row = await rows.findOneBy({ id, appId, environmentId });
    if (row) return row;
    throw new ProblemError("not-found", `there is no deployment ${id} of this app here`);
  }

  async #start(
    target: Target,
    wish: (manager: EntityManager) => Promise<NewDeployment>,
  ): Promise<Deployment> {
    const view = await this.database.transaction(async (manager) => {
      const row = await this.starter.start(manager, target, await wish(manager));
      return this.views.ofOne(target, row, manager);
    });
    this.wakes.wake([keyOf(target)]);
    return view;
  }
}
