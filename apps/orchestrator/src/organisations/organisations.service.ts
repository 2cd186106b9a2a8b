import { type Organisation, type Page, type PageQuery, uuidv7 } from "@bastide/contracts";
import { ProblemError } from "@bastide/service-kit";
import { Injectable } from "@nestjs/common";
import { DataSource, type EntityManager } from "typeorm";
import { pageOfRows } from "../persistence/page.ts";
import { isUniqueViolation } from "../persistence/unique-violation.ts";
import { ProjectRow } from "../projects/project.row.ts";
import { OrganisationRow } from "./organisation.row.ts";

@Injectable()
export class OrganisationsService {
  readonly #source: DataSource;
  readonly #listeners = new Set<(name: string) => void>();

  constructor(source: DataSource) {
    this.#source = source;
  }

  async create(name: string, manager: EntityManager = this.#source.manager): Promise<Organisation> {
    const row = manager.create(OrganisationRow, { id: uuidv7(), name, createdAt: new Date() });
    try {
      await manager.insert(OrganisationRow, row);
    } catch (cause) {
      if (!isUniqueViolation(cause)) throw cause;
      throw new ProblemError("name-taken", `there is an organisation "${name}" already`, { cause });
    }
    return organisationOf(row);
  }

  list(page: PageQuery): Promise<Page<Organisation>> {
    const query = this.#source.getRepository(OrganisationRow).createQueryBuilder("organisation");
    return pageOfRows(query, page, organisationOf);
  }

  /** Throws `not-found`. */
  async find(name: string): Promise<OrganisationRow> {
    const row = await this.#source.manager.findOneBy(OrganisationRow, { name });
    if (row) return row;
    throw new ProblemError("not-found", `there is no organisation "${name}"`);
  }

  async get(name: string): Promise<Organisation> {
    return organisationOf(await this.find(name));
  }

  /** Throws `conflict` while it has projects. */
  async delete(name: string): Promise<void> {
    const { id } = await this.find(name);
    const projects = await this.#source.manager.countBy(ProjectRow, { organisationId: id });
    if (projects > 0)
      throw new ProblemError(
        "conflict",
        `organisation "${name}" has ${projects} project(s); delete them first`,
      );
    await this.#source.manager.delete(OrganisationRow, { id });
    for (const listener of this.#listeners) listener(name);
  }

  /** Called with the name of each organisation that is deleted. */
  onDeleted(listener: (name: string) => void): void {
    this.#listeners.add(listener);
  }
}

const organisationOf = (row: OrganisationRow): Organisation => ({
  id: row.id,
  name: row.name,
  createdAt: row.createdAt.toISOString(),
});
