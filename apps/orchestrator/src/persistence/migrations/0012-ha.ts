import type { MigrationInterface, QueryRunner } from "typeorm";

const UP: readonly string[] = [
  // What is wanted of each service, and where it may run; versions count over all of them.
  `create table ha_services (
    name text primary key,
    desired jsonb not null,
    before_freeze jsonb,
    intent_id text not null,
    version bigint not null unique,
    candidates jsonb not null
  )`,
  "create sequence ha_intent_versions as bigint",
  // The lease store's present life: what a rebuilt store is seeded with lies here, and not in it.
  `create table ha_lives (
    singleton boolean primary key default true check (singleton),
    floor bigint not null
  )`,
];

const DOWN: readonly string[] = [
  "drop table ha_lives",
  "drop sequence ha_intent_versions",
  "drop table ha_services",
];

export class Ha1764400000012 implements MigrationInterface {
  name = "Ha1764400000012";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
