import { uuidv7 } from "@bastide/contracts";
import type { DataSource, EntityManager } from "typeorm";
import { z } from "zod";
import { BuildRow } from "./build.row.ts";

/**
 * The job's queue is per organisation, so that one tenant's builds wait for each other and for nobody else's; what is
 * built already has a queue of its own and does not wait behind builds that take minutes.
 */
const ADD_JOB = `
  select graphile_worker.add_job('build', json_build_object('deployment', d.id),
    queue_name => case when d.prebuilt then 'prebuilt:' else 'build:' end || p.organisation_id,
    max_attempts => 5, job_key => 'build:' || d.id)
  from deployments d join apps a on a.id = d.app_id join projects p on p.id = a.project_id
  where d.id = $1 and d.ended_at is null`;

/** Queues a deployment's build in the caller's transaction: neither the row nor the job is there without the other. */
export async function queueBuild(manager: EntityManager, deploymentId: string): Promise<void> {
  const insert = manager.createQueryBuilder().insert().into(BuildRow);
  await insert.values({ id: uuidv7(), deploymentId, state: "queued" }).orIgnore().execute();
  await manager.query(ADD_JOB, [deploymentId]);
}

const INTERRUPTED = `
  select d.id from deployments d join builds b on b.deployment_id = d.id
  where d.ended_at is null and d.phase = 'building' and b.state in ('queued', 'running')`;

const Ids = z.array(z.object({ id: z.string() }));

/** Queues every build that is not over anew: one whose job was interrupted or lost goes on at once, not after a pause. */
export async function requeueBuilds(database: DataSource): Promise<void> {
  const rows: unknown = await database.query(INTERRUPTED);
  for (const { id } of Ids.parse(rows)) await queueBuild(database.manager, id);
}
