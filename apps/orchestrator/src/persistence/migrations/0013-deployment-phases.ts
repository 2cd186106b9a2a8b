import type { MigrationInterface, QueryRunner } from "typeorm";

/** Deployments begin with their build, or with their start: there is no phase before it any more. */
export class DeploymentPhases1764500000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `update deployments set phase = case when release_id is null then 'building' else 'starting' end
       where phase = 'queued'`,
    );
  }

  /** The version before goes on from these phases as well. */
  async down(): Promise<void> {}
}
