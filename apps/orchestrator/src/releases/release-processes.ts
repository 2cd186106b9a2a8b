import { Injectable } from "@nestjs/common";
import { DataSource, In } from "typeorm";
import type { Processes } from "./domain/processes.ts";
import { ReleaseRow } from "./release.row.ts";

const MOST_REMEMBERED = 1_000;

/** The processes of releases. A release never changes, so those read are remembered. */
@Injectable()
export class ReleaseProcesses {
  readonly #known = new Map<string, Processes>();

  constructor(private readonly database: DataSource) {}

  /** Those of the releases that exist, by release id. */
  async of(releases: Iterable<string>): Promise<ReadonlyMap<string, Processes>> {
    const wanted = [...new Set(releases)];
    const lacking = wanted.filter((id) => !this.#known.has(id));
    if (lacking.length > 0) await this.#read(lacking);
    return new Map(
      wanted.flatMap((id) => {
        const processes = this.#known.get(id);
        return processes ? [[id, processes] as const] : [];
      }),
    );
  }

  async #read(ids: readonly string[]): Promise<void> {
    if (this.#known.size + ids.length > MOST_REMEMBERED) this.#known.clear();
    const rows = await this.database.getRepository(ReleaseRow).find({
      select: { id: true, processes: true },
      where: { id: In([...ids]) },
    });
    for (const { id, processes } of rows) this.#known.set(id, processes);
  }
}
