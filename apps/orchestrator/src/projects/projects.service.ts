import { type Page, type PageQuery, PRODUCTION, type Project, uuidv7 } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource } from "typeorm";
import { AppRow } from "../apps/app.row.ts";
import { EnvironmentRow } from "../environments/environment.row.ts";
import { OrganisationRow } from "../organisations/organisation.row.ts";
import { pageOfRows } from "../persistence/page.ts";
import { isUniqueViolation } from "../persistence/unique-violation.ts";
import { ProjectRow } from "./project.row.ts";

/** Names as they are in a path. Every look-up goes through all of them, so that none reaches another tenant's rows. */
export interface ProjectPath {
  readonly organisation: string;
  readonly project: string;
}

@Injectable()
export class ProjectsService {
  readonly #source: DataSource;

  constructor(source: DataSource) {
    this.#source = source;
  }

  /** Makes a project together with its production environment. Throws `not-found` and `name-taken`. */
  async create({ organisation, project: name }: ProjectPath): Promise<Project> {
    const createdAt = new Date();
    return this.#source.transaction(async (manager) => {
      const owner = await manager.findOneBy(OrganisationRow, { name: organisation });
      if (!owner) throw new ProblemError("not-found", `there is no organisation "${organisation}"`);
      const row = { id: uuidv7(), organisationId: owner.id, name, createdAt };
      try {
        await manager.insert(ProjectRow, row);
      } catch (cause) {
        if (!isUniqueViolation(cause)) throw cause;
        throw new ProblemError(
          "name-taken",
          `organisation "${organisation}" has a project "${name}" already`,
          { cause },
        );
      }
      const environment = { id: uuidv7(), projectId: row.id, name: PRODUCTION, createdAt };
      await manager.insert(EnvironmentRow, environment);
      return { id: row.id, name, organisation, createdAt: createdAt.toISOString() };
    });
  }

  list(organisation: string, page: PageQuery): Promise<Page<Project>> {
    const query = this.#source
      .getRepository(ProjectRow)
      .createQueryBuilder("project")
      .innerJoin("project.organisation", "organisation")
      .where("organisation.name = :organisation", { organisation });
    return pageOfRows(query, page, (row) => projectOf(row, organisation));
  }

  /** Throws `not-found`. */
  async find({ organisation, project }: ProjectPath): Promise<ProjectRow> {
    const row = await this.#source.manager.findOneBy(ProjectRow, {
      name: project,
      organisation: { name: organisation },
    });
    if (row) return row;
    throw new ProblemError(
      "not-found",
      `organisation "${organisation}" has no project "${project}"`,
    );
  }

  async get(path: ProjectPath): Promise<Project> {
    return projectOf(await this.find(path), path.organisation);
  }

  /** Deletes its environments with it. Throws `conflict` while it has apps. */
  async delete(path: ProjectPath): Promise<void> {
    const { id } = await this.find(path);
    const apps = await this.#source.manager.countBy(AppRow, { projectId: id });
    if (apps > 0)
      throw new ProblemError(
        "conflict",
        `project "${path.project}" has ${apps} app(s); delete them first`,
      );
    await this.#source.manager.delete(ProjectRow, { id });
  }
}

const projectOf = (row: ProjectRow, organisation: string): Project => ({
  id: row.id,
  name: row.name,
  organisation,
  createdAt: row.createdAt.toISOString(),
});
