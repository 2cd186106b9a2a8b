import type { MigrationInterface, QueryRunner } from "typeorm";

const UP: readonly string[] = [
  `alter table nodes add column place jsonb not null default '{}'`,
  `create table placement_settings (
    app_id uuid not null references apps (id) on delete cascade,
    environment_id uuid not null references environments (id) on delete cascade,
    settings jsonb not null,
    updated_at timestamptz not null default now(),
    primary key (app_id, environment_id)
  )`,
  `create table placement_quotas (
    organisation_id uuid primary key references organisations (id) on delete cascade,
    quota jsonb not null,
    updated_at timestamptz not null default now()
  )`,
];

const DOWN: readonly string[] = [
  "drop table placement_quotas",
  "drop table placement_settings",
  "alter table nodes drop column place",
];

export class Placement1764400000010 implements MigrationInterface {
  name = "Placement1764400000010";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
