import { Injectable } from "@nestjs/common";
import type { Page, PageQuery, Release } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { DataSource, type EntityManager } from "typeorm";
import { TargetRow } from "../apps/target.row.ts";
import { pageOfRows } from "../persistence/page.ts";
import { SourceRow } from "../sources/source.row.ts";
import type { TargetIds } from "../targets/target.ts";
import { ReleaseRow } from "./release.row.ts";

@Injectable()
export class ReleasesService {
  constructor(private readonly database: DataSource) {}

  list({ appId, environmentId }: TargetIds, page: PageQuery): Promise<Page<Release>> {
    const query = this.database
      .getRepository(ReleaseRow)
      .createQueryBuilder("release")
      .where("release.appId = :appId and release.environmentId = :environmentId", {
        appId,
        environmentId,
      });
    return pageOfRows(query, page, releaseOf);
  }

  /** Throws `not-found`; another target's release is not found either. */
  async find(manager: EntityManager, target: TargetIds, id: string): Promise<ReleaseRow> {
    const { appId, environmentId } = target;
    const row = await manager.findOneBy(ReleaseRow, { id, appId, environmentId });
    if (row) return row;
    throw new ProblemError(
      "not-found",
      `there is no release ${id} of this app in this environment; the last ten are kept`,
    );
  }

  /** What serves now. Throws `not-deployed`. */
  async current(manager: EntityManager, { appId, environmentId }: TargetIds): Promise<ReleaseRow> {
    const target = await manager.findOneBy(TargetRow, { appId, environmentId });
    const id = target?.currentReleaseId;
    if (id) return this.find(manager, { appId, environmentId }, id);
    throw new ProblemError("not-deployed", "nothing is deployed here yet; deploy a source first");
  }

  /** Where a rollback goes: the version named, or the newest one before the current that a deployment brought into service. */
  async rollbackTarget(
    manager: EntityManager,
    target: TargetIds,
    version: number | undefined,
  ): Promise<ReleaseRow> {
    const { appId, environmentId } = target;
    const current = await this.current(manager, target);
    const query = manager
      .createQueryBuilder(ReleaseRow, "release")
      .where("release.appId = :appId and release.environmentId = :environmentId", {
        appId,
        environmentId,
      });
    if (version === undefined)
      query.andWhere("release.version < :current", { current: current.version }).andWhere(
        `exists (select 1 from deployments d where d.release_id = release.id
             and d.phase in ('succeeded', 'draining'))`,
      );
    else query.andWhere("release.version = :version", { version });
    const found = await query.orderBy("release.version", "DESC").getOne();
    if (found) return found;
    throw new ProblemError(
      "not-found",
      version === undefined
        ? `there is no release before v${current.version} to go back to`
        : `there is no release v${version}; list the releases to see which are kept`,
    );
  }

  /** Throws `not-found` when this app has no such source; another app's does not count. */
  async requireSource(manager: EntityManager, { appId }: TargetIds, digest: string): Promise<void> {
    if (await manager.existsBy(SourceRow, { digest, appId })) return;
    throw new ProblemError(
      "not-found",
      `this app has no source ${digest}; upload it to the app's sources first`,
    );
  }
}

export const releaseOf = (row: ReleaseRow): Release => ({
  id: row.id,
  version: row.version,
  artefact: row.artefact,
  artefactSizeBytes: Number(row.artefactSizeBytes),
  configVersion: Number(row.configVersion),
  processes: row.processes,
  ...(row.reproducible === null ? {} : { reproducible: row.reproducible }),
  ...(row.description === null ? {} : { description: row.description }),
  createdAt: row.createdAt.toISOString(),
});
