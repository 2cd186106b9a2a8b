import { type Environment, type Page, type PageQuery, uuidv7 } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource, type EntityManager } from "typeorm";
import { pageOfRows } from "../persistence/page.ts";
import type { ProjectPath } from "../projects/projects.service.ts";
import { ProjectsService } from "../projects/projects.service.ts";
import { EnvironmentRow } from "./environment.row.ts";

export interface EnvironmentPath extends ProjectPath {
  readonly environment: string;
}

@Injectable()
export class EnvironmentsService {
  readonly #source: DataSource;
  readonly #projects: ProjectsService;

  constructor(source: DataSource, projects: ProjectsService) {
    this.#source = source;
    this.#projects = projects;
  }

  /** Throws `name-taken` when the project has it already. */
  async create(path: EnvironmentPath): Promise<Environment> {
    const row = await this.#insert(this.#source.manager, path);
    if (row) return environmentOf(row, path.project);
    throw new ProblemError(
      "name-taken",
      `project "${path.project}" has an environment "${path.environment}" already`,
    );
  }

  /** The environment, made when it is missing. The caller has checked that its token allows that. */
  async ensure(
    path: EnvironmentPath,
    manager: EntityManager = this.#source.manager,
  ): Promise<EnvironmentRow> {
    return (
      (await this.#read(path, manager)) ??
      (await this.#insert(manager, path)) ??
      (await this.find(path, manager))
    );
  }

  /** Throws `not-found`. */
  async find(
    path: EnvironmentPath,
    manager: EntityManager = this.#source.manager,
  ): Promise<EnvironmentRow> {
    const row = await this.#read(path, manager);
    if (row) return row;
    throw new ProblemError(
      "not-found",
      `project "${path.project}" has no environment "${path.environment}"; a deployment to it makes it`,
    );
  }

  list(path: ProjectPath, page: PageQuery): Promise<Page<Environment>> {
    const query = this.#source
      .getRepository(EnvironmentRow)
      .createQueryBuilder("environment")
      .innerJoin("environment.project", "project")
      .innerJoin("project.organisation", "organisation")
      .where("project.name = :project and organisation.name = :organisation", path);
    return pageOfRows(query, page, (row) => environmentOf(row, path.project));
  }

  #read(path: EnvironmentPath, manager: EntityManager): Promise<EnvironmentRow | null> {
    return manager.findOneBy(EnvironmentRow, {
      name: path.environment,
      project: { name: path.project, organisation: { name: path.organisation } },
    });
  }

  /** Null when somebody else has just made it: an insert that conflicts does nothing. */
  async #insert(manager: EntityManager, path: EnvironmentPath): Promise<EnvironmentRow | null> {
    const { id: projectId } = await this.#projects.find(path);
    const row = { id: uuidv7(), projectId, name: path.environment, createdAt: new Date() };
    const { raw } = await manager
      .createQueryBuilder()
      .insert()
      .into(EnvironmentRow)
      .values(row)
      .orIgnore()
      .returning("id")
      .execute();
    return Array.isArray(raw) && raw.length > 0 ? row : null;
  }
}

const environmentOf = (row: EnvironmentRow, project: string): Environment => ({
  id: row.id,
  name: row.name,
  project,
  createdAt: row.createdAt.toISOString(),
});
