import type { MigrationInterface, QueryRunner } from "typeorm";

const UP: readonly string[] = [
  // One authority per base domain: it is good for no other.
  `create table private_authorities (
    domain text primary key,
    certificate text not null,
    key_id text not null,
    sealed bytea not null,
    not_after timestamptz not null,
    created_at timestamptz not null default now()
  )`,
  `create table certificates (
    name text primary key,
    source text not null check (source in ('private-ca', 'acme', 'uploaded')),
    hosts text[] not null,
    chain text not null,
    key_id text not null,
    sealed bytea not null,
    not_before timestamptz not null,
    not_after timestamptz not null,
    renew_at timestamptz not null,
    updated_at timestamptz not null default now()
  )`,
];

const TABLES = ["certificates", "private_authorities"];

export class Certificates1764000000005 implements MigrationInterface {
  name = "Certificates1764000000005";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`drop table ${table}`);
  }
}
