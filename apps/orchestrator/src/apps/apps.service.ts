import { type App, type Page, type PageQuery, uuidv7 } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource, type EntityManager, In } from "typeorm";
import { pageOfRows } from "../persistence/page.ts";
import type { ProjectPath } from "../projects/projects.service.ts";
import { ProjectsService } from "../projects/projects.service.ts";
import { AppRow } from "./app.row.ts";
import { type DeployedEnvironment, DeployedEnvironments } from "./deployed-environments.ts";
import { namesLike } from "./names-like.ts";

/** Names as they are in a path. Every look-up goes through all of them, so that none reaches another tenant's rows. */
export interface AppPath extends ProjectPath {
  readonly app: string;
}

@Injectable()
export class AppsService {
  readonly #source: DataSource;
  readonly #projects: ProjectsService;
  readonly #deployed: DeployedEnvironments;

  constructor(source: DataSource, projects: ProjectsService, deployed: DeployedEnvironments) {
    this.#source = source;
    this.#projects = projects;
    this.#deployed = deployed;
  }

  /** Makes sure that an app exists. Throws `name-taken` when another project has the name. */
  async put(path: AppPath): Promise<App> {
    const existing = await this.#read(path, this.#source.manager);
    return this.#shown(existing ?? (await this.#insert(path)), path);
  }

  async list(path: ProjectPath, page: PageQuery): Promise<Page<App>> {
    const query = this.#source
      .getRepository(AppRow)
      .createQueryBuilder("app")
      .innerJoin("app.project", "project")
      .innerJoin("project.organisation", "organisation")
      .where("project.name = :project and organisation.name = :organisation", path);
    const { items, ...rest } = await pageOfRows(query, page, (row) => row);
    const deployed = await this.#deployed.of(items);
    return { ...rest, items: items.map((row) => appOf(row, path, deployed.get(row.id))) };
  }

  /** Throws `not-found`. */
  async find(path: AppPath, manager: EntityManager = this.#source.manager): Promise<AppRow> {
    const row = await this.#read(path, manager);
    if (row) return row;
    throw new ProblemError("not-found", `project "${path.project}" has no app "${path.app}"`);
  }

  async get(path: AppPath): Promise<App> {
    return this.#shown(await this.find(path), path);
  }

  async #shown(row: AppRow, path: AppPath): Promise<App> {
    const deployed = await this.#deployed.of([row]);
    return appOf(row, path, deployed.get(row.id));
  }

  #read(path: AppPath, manager: EntityManager): Promise<AppRow | null> {
    return manager.findOneBy(AppRow, {
      name: path.app,
      project: { name: path.project, organisation: { name: path.organisation } },
    });
  }

  async #insert(path: AppPath): Promise<AppRow> {
    const { id: projectId } = await this.#projects.find(path);
    const row = { id: uuidv7(), projectId, name: path.app, createdAt: new Date() };
    const insert = this.#source.createQueryBuilder().insert().into(AppRow).values(row).orIgnore();
    await insert.execute();
    const stored = await this.#read(path, this.#source.manager);
    if (stored) return stored;
    // Who has it is nobody's business: the name alone is public, as a host name.
    const free = await this.#freeNameLike(path.app);
    throw new ProblemError(
      "name-taken",
      `the name "${path.app}" is taken on this platform, where an app's name is its host name; try ${free === undefined ? "another" : `"${free}"`}`,
    );
  }

  async #freeNameLike(name: string): Promise<string | undefined> {
    const names = namesLike(name);
    const taken = await this.#source.manager.findBy(AppRow, { name: In([...names]) });
    return names.find((one) => taken.every((row) => row.name !== one));
  }
}

function appOf(
  row: AppRow,
  path: ProjectPath,
  environments: readonly DeployedEnvironment[] = [],
): App {
  return {
    id: row.id,
    name: row.name,
    organisation: path.organisation,
    project: path.project,
    createdAt: row.createdAt.toISOString(),
    environments: [...environments],
  };
}
