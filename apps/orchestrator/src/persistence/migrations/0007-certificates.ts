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
  `create table domains (
    domain text primary key,
    app_id uuid not null references apps (id) on delete cascade,
    environment_id uuid not null references environments (id) on delete cascade,
    state text not null check (state in ('issued', 'waiting', 'pending', 'failed')),
    reason text,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    created_at timestamptz not null default now()
  )`,
  `create index domains_target on domains (app_id, environment_id)`,
  `create index domains_next_attempt on domains (next_attempt_at)`,
  // One account with each public authority, by the address of its directory.
  `create table acme_accounts (
    directory text primary key,
    url text not null,
    key_id text not null,
    sealed bytea not null,
    created_at timestamptz not null default now()
  )`,
];

const TABLES = ["acme_accounts", "domains", "certificates", "private_authorities"];

export class Certificates1764200000007 implements MigrationInterface {
  name = "Certificates1764200000007";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`drop table ${table}`);
  }
}
