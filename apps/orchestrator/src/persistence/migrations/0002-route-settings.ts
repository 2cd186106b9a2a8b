import type { MigrationInterface, QueryRunner } from "typeorm";

export class RouteSettings1764100000002 implements MigrationInterface {
  name = "RouteSettings1764100000002";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table route_settings (
      app_id uuid not null references apps (id) on delete cascade,
      environment_id uuid not null references environments (id) on delete cascade,
      path text not null,
      settings jsonb not null,
      updated_at timestamptz not null default now(),
      primary key (app_id, environment_id, path)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("drop table route_settings");
  }
}
