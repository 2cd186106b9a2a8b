import type { Pool } from "pg";
import { z } from "zod";

const Rows = z.array(z.object({ worker: z.string() }));

/** Workers that hold jobs. Asked before ours begin, when whoever held them is dead: one orchestrator runs jobs. */
export async function staleWorkers(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query(
    "select distinct locked_by as worker from graphile_worker.jobs where locked_by is not null",
  );
  return Rows.parse(rows).map(({ worker }) => worker);
}
