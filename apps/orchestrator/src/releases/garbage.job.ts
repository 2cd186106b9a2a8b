import { Injectable } from "@nestjs/common";
import { BlobStore } from "@bastide/builder";
import { JsonLogger } from "@bastide/service-kit";
import { DataSource } from "typeorm";
import { z } from "zod";
import { collect } from "../streams/collect.ts";

/**
 * Rows that nothing needs any more, in this order. Kept: the last ten releases of each app and environment, what
 * serves, what an instance runs and what a deployment under way refers to; the last fifty deployments; uploads for a day.
 */
const SWEEPS: readonly string[] = [
  `delete from releases r using (
     select id, row_number() over (partition by app_id, environment_id order by version desc) as place from releases
   ) p where p.id = r.id and p.place > 10
     and not exists (select 1 from targets t where t.current_release_id = r.id)
     and not exists (select 1 from instances i where i.release_id = r.id and i.removed_at is null)
     and not exists (select 1 from deployments d where d.release_id = r.id and d.ended_at is null)`,
  `delete from deployments d using (
     select id, row_number() over (partition by app_id, environment_id order by id desc) as place from deployments
   ) p where p.id = d.id and p.place > 50 and d.ended_at is not null`,
  `delete from sources s where s.created_at < now() - interval '1 day'
     and not exists (select 1 from deployments d where d.source = s.digest and d.ended_at is null)`,
  `delete from instances where removed_at < now() - interval '30 days'`,
];

const REFERENCED = `
  select artefact as digest from releases union select sbom from releases where sbom is not null
  union select digest from sources`;
const BUSY = `select 1 from deployments where ended_at is null and phase = 'building' limit 1`;

const Digests = z.array(z.object({ digest: z.string() }));

/** Removes what nothing refers to. Safe at any time and as often as one likes. */
@Injectable()
export class GarbageJob {
  /** Blobs without a reference at the last run. Only what has none twice is deleted: an upload's row follows its bytes. */
  #suspects = new Set<string>();

  constructor(
    private readonly database: DataSource,
    private readonly blobs: BlobStore,
    private readonly logger: JsonLogger,
  ) {}

  async run(): Promise<void> {
    for (const sweep of SWEEPS) await this.database.query(sweep);
    const suspects = await this.#unreferenced();
    // A build under way may have stored what no row names yet.
    const isBusy = await this.#isBusy();
    const doomed = isBusy ? [] : [...suspects].filter((digest) => this.#suspects.has(digest));
    for (const digest of doomed) await this.blobs.delete(digest);
    this.#suspects = suspects;
    if (doomed.length > 0) this.logger.info("unused blobs deleted", { blobs: doomed.length });
  }

  async #unreferenced(): Promise<Set<string>> {
    const stored = await collect(this.blobs.list());
    const rows: unknown = await this.database.query(REFERENCED);
    const referenced = new Set(Digests.parse(rows).map(({ digest }) => digest));
    return new Set(stored.filter((digest) => !referenced.has(digest)));
  }

  async #isBusy(): Promise<boolean> {
    const rows: unknown = await this.database.query(BUSY);
    return Array.isArray(rows) && rows.length > 0;
  }
}
