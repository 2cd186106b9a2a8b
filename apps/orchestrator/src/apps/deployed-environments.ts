import type { App } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import { DataSource } from "typeorm";
import { z } from "zod";
import { PublicUrls } from "../platform/public-urls.ts";
import type { AppRow } from "./app.row.ts";

export type DeployedEnvironment = App["environments"][number];

const Rows = z.array(
  z.object({
    app: z.string(),
    environment: z.string(),
    release: z.string().nullable(),
    version: z.number().nullable(),
  }),
);

/** Reads where apps are deployed and what serves there. */
@Injectable()
export class DeployedEnvironments {
  readonly #source: DataSource;
  readonly #urls: PublicUrls;

  constructor(source: DataSource, urls: PublicUrls) {
    this.#source = source;
    this.#urls = urls;
  }

  /** By the app's id; apps that were never deployed are left out. */
  async of(apps: readonly AppRow[]): Promise<Map<string, DeployedEnvironment[]>> {
    const rows: unknown = await this.#source.query(
      `select t.app_id as app, e.name as environment, t.current_release_id as release, r.version
       from targets t
       join environments e on e.id = t.environment_id
       left join releases r on r.id = t.current_release_id
       where t.app_id = any($1) order by e.id`,
      [apps.map(({ id }) => id)],
    );
    const names = new Map(apps.map(({ id, name }) => [id, name]));
    const found = Map.groupBy(Rows.parse(rows), ({ app }) => app);
    return new Map(
      [...found].map(([app, targets]) => [
        app,
        targets.map(({ environment, release, version }) => ({
          environment,
          url: this.#urls.urlOf(names.get(app) ?? "", environment),
          ...(release !== null && { currentRelease: release }),
          ...(version !== null && { version }),
        })),
      ]),
    );
  }
}
