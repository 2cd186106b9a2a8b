import { Injectable } from "@nestjs/common";
import type { Deployment } from "@bastide/contracts";
import { DataSource, type EntityManager, In } from "typeorm";
import { PublicUrls } from "../platform/public-urls.ts";
import { publicProcess } from "../releases/domain/processes.ts";
import { ReleaseRow } from "../releases/release.row.ts";
import type { Target } from "../targets/target.ts";
import type { DeploymentRow } from "./deployment.row.ts";

type ReleaseSummary = Pick<ReleaseRow, "id" | "version" | "processes">;
type Names = Pick<Target, "app" | "environment">;

/** Shows deployments as the API does. */
@Injectable()
export class DeploymentViews {
  constructor(
    private readonly database: DataSource,
    private readonly urls: PublicUrls,
  ) {}

  async of(
    names: Names,
    rows: readonly DeploymentRow[],
    manager: EntityManager = this.database.manager,
  ): Promise<Deployment[]> {
    const ids = [...new Set(rows.flatMap(({ releaseId }) => releaseId ?? []))];
    const releases: ReleaseSummary[] =
      ids.length === 0
        ? []
        : await manager.find(ReleaseRow, {
            select: { id: true, version: true, processes: true },
            where: { id: In(ids) },
          });
    return rows.map((row) => {
      const release = releases.find(({ id }) => id === row.releaseId);
      return { ...viewOf(names, row), ...(release ? this.#released(names, release) : {}) };
    });
  }

  async ofOne(names: Names, row: DeploymentRow, manager?: EntityManager): Promise<Deployment> {
    const [view] = await this.of(names, [row], manager);
    return view ?? viewOf(names, row);
  }

  #released(
    { app, environment }: Names,
    { id, version, processes }: ReleaseSummary,
  ): Pick<Deployment, "release" | "version" | "url"> {
    const isPublic = publicProcess(processes) !== undefined;
    return {
      release: id,
      version,
      ...(isPublic ? { url: this.urls.urlOf(app, environment) } : {}),
    };
  }
}

const viewOf = ({ app, environment }: Names, row: DeploymentRow): Deployment => ({
  id: row.id,
  app,
  environment,
  kind: row.kind,
  phase: row.phase,
  ...(row.plan ? { plan: row.plan } : {}),
  timingsMs: { ...row.timingsMs, ...presentPhase(row) },
  ...(row.failure ? { failure: row.failure } : {}),
  ...(row.description === null ? {} : { description: row.description }),
  createdBy: row.createdBy,
  createdAt: row.createdAt.toISOString(),
  ...(row.endedAt ? { endedAt: row.endedAt.toISOString() } : {}),
});

/** The phase under way counts as well. */
function presentPhase({ phase, phaseAt, endedAt }: DeploymentRow): Record<string, number> {
  return endedAt ? {} : { [phase]: Math.max(0, Date.now() - phaseAt.getTime()) };
}
