import { Injectable } from "@nestjs/common";
import { ProblemError } from "@bastide/service-kit";
import { DataSource } from "typeorm";
import { z } from "zod";
import { keyOf, type Target, type TargetIds, type TargetKey } from "./target.ts";

/** The path parameters of every endpoint below an app's environment. */
export interface TargetNames {
  readonly organisation: string;
  readonly project: string;
  readonly app: string;
  readonly environment: string;
}

const TargetRecords = z.array(
  z.object({
    appId: z.string(),
    environmentId: z.string(),
    organisation: z.string(),
    project: z.string(),
    app: z.string(),
    environment: z.string(),
  }),
);

const SELECT = `
  select a.id "appId", e.id "environmentId", o.name organisation, p.name project, a.name app, e.name environment
  from apps a
  join projects p on p.id = a.project_id
  join organisations o on o.id = p.organisation_id
  join environments e on e.project_id = p.id`;

const MOST_REMEMBERED = 10_000;

/** Finds targets by their names or ids. Names never change, so those found are remembered. */
@Injectable()
export class TargetFinder {
  readonly #known = new Map<TargetKey, Target>();

  constructor(private readonly database: DataSource) {}

  /** Throws `not-found` naming what is missing. */
  async byNames(names: TargetNames): Promise<Target> {
    const found = await this.tryByNames(names);
    if (found) return found;
    const { organisation, project, app, environment } = names;
    throw new ProblemError(
      "not-found",
      `there is no app "${app}" with an environment "${environment}" in ${organisation}/${project}`,
    );
  }

  tryByNames({
    organisation,
    project,
    app,
    environment,
  }: TargetNames): Promise<Target | undefined> {
    return this.#query(
      `${SELECT} where o.name = $1 and p.name = $2 and a.name = $3 and e.name = $4`,
      [organisation, project, app, environment],
    );
  }

  /** Undefined when the app or the environment was deleted. */
  async byIds(ids: TargetIds): Promise<Target | undefined> {
    const known = this.#known.get(keyOf(ids));
    if (known) return known;
    return this.#query(`${SELECT} where a.id = $1 and e.id = $2`, [ids.appId, ids.environmentId]);
  }

  forget(key: TargetKey): void {
    this.#known.delete(key);
  }

  async #query(sql: string, values: readonly string[]): Promise<Target | undefined> {
    const rows: unknown = await this.database.query(sql, [...values]);
    const [target] = TargetRecords.parse(rows);
    if (!target) return undefined;
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear();
    this.#known.set(keyOf(target), target);
    return target;
  }
}
