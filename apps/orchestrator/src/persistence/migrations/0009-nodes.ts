import type { MigrationInterface, QueryRunner } from "typeorm";

const UP: readonly string[] = [
  `alter table nodes
    add column cordoned_at timestamptz,
    add column draining_at timestamptz,
    add column lost_at timestamptz,
    add column joined_at timestamptz,
    add column public_key text,
    add column revocation_ids jsonb not null default '[]'`,
  // A token to join by: its digest only, so that a copy of the database lets nobody in.
  `create table node_join_tokens (
    digest text primary key,
    node text,
    created_by text not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    used_at timestamptz,
    used_by text
  )`,
];

const DOWN: readonly string[] = [
  "drop table node_join_tokens",
  `alter table nodes
    drop column cordoned_at,
    drop column draining_at,
    drop column lost_at,
    drop column joined_at,
    drop column public_key,
    drop column revocation_ids`,
];

export class Nodes1764300000009 implements MigrationInterface {
  name = "Nodes1764300000009";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
