import type { MigrationInterface, QueryRunner } from "typeorm";

export class Revocations1764100000006 implements MigrationInterface {
  name = "Revocations1764100000006";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table revocations (
      id uuid primary key,
      revocation_id text not null unique,
      expires_at timestamptz,
      created_by text not null,
      created_at timestamptz not null default now()
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("drop table revocations");
  }
}
