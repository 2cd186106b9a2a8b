import type { MigrationInterface, QueryRunner } from "typeorm";

/** In the order of creation: each table after those it points to. */
const UP: readonly string[] = [
  `create table organisations (
    id uuid primary key,
    name text not null unique,
    created_at timestamptz not null default now()
  )`,
  `create table projects (
    id uuid primary key,
    organisation_id uuid not null references organisations (id),
    name text not null,
    created_at timestamptz not null default now(),
    unique (organisation_id, name)
  )`,
  `create table environments (
    id uuid primary key,
    project_id uuid not null references projects (id) on delete cascade,
    name text not null,
    created_at timestamptz not null default now(),
    unique (project_id, name)
  )`,
  `create table apps (
    id uuid primary key,
    project_id uuid not null references projects (id),
    name text not null unique,
    created_at timestamptz not null default now()
  )`,
  `create index apps_project on apps (project_id, id)`,
  `create table variables (
    id uuid primary key,
    app_id uuid not null references apps (id) on delete cascade,
    environment_id uuid not null references environments (id) on delete cascade,
    name text not null,
    secret boolean not null,
    value text,
    sealed bytea,
    key_id text,
    updated_at timestamptz not null default now(),
    unique (app_id, environment_id, name),
    constraint variables_one_form check (
      (secret and value is null and sealed is not null and key_id is not null)
      or (not secret and value is not null and sealed is null and key_id is null)
    )
  )`,
  `create table sources (
    digest text not null,
    app_id uuid not null references apps (id) on delete cascade,
    size_bytes bigint not null,
    files integer not null,
    created_at timestamptz not null default now(),
    primary key (digest, app_id)
  )`,
  `create index sources_app on sources (app_id)`,
  `create table releases (
    id uuid primary key,
    app_id uuid not null references apps (id) on delete cascade,
    environment_id uuid not null references environments (id) on delete cascade,
    version integer not null,
    artefact text not null,
    artefact_size_bytes bigint not null,
    sbom text,
    config_version bigint not null,
    variables jsonb not null,
    processes jsonb not null,
    plan jsonb not null,
    reproducible boolean,
    description text,
    created_at timestamptz not null default now(),
    unique (app_id, environment_id, version)
  )`,
  // An app in an environment; made with the first deployment or the first variable.
  `create table targets (
    app_id uuid not null references apps (id) on delete cascade,
    environment_id uuid not null references environments (id) on delete cascade,
    current_release_id uuid references releases (id) on delete set null,
    generation uuid,
    formation jsonb not null default '{}',
    config_version bigint not null default 0,
    primary key (app_id, environment_id)
  )`,
  `create table deployments (
    id uuid primary key,
    app_id uuid not null references apps (id) on delete cascade,
    environment_id uuid not null references environments (id) on delete cascade,
    kind text not null,
    phase text not null,
    source text,
    prebuilt boolean not null default false,
    verify_reproducible boolean not null default false,
    release_id uuid references releases (id) on delete set null,
    formation jsonb,
    strategy jsonb not null,
    step integer not null default 0,
    step_at timestamptz,
    phase_at timestamptz not null default now(),
    timings_ms jsonb not null default '{}',
    plan jsonb,
    failure jsonb,
    description text,
    cancel_requested boolean not null default false,
    created_by text not null,
    created_at timestamptz not null default now(),
    ended_at timestamptz
  )`,
  `create index deployments_target on deployments (app_id, environment_id, id desc)`,
  // The database, not the code, holds the rule that one deployment at a time changes an app in an environment.
  `create unique index deployments_one_active on deployments (app_id, environment_id)
    where ended_at is null`,
  `create table builds (
    id uuid primary key,
    deployment_id uuid not null unique references deployments (id) on delete cascade,
    state text not null,
    node text,
    result jsonb,
    reproducible boolean,
    failure jsonb,
    started_at timestamptz,
    ended_at timestamptz
  )`,
  `create table deployment_logs (
    deployment_id uuid not null references deployments (id) on delete cascade,
    sequence integer not null,
    at timestamptz not null,
    phase text not null,
    line text not null,
    primary key (deployment_id, sequence)
  )`,
  `create table nodes (
    name text primary key,
    facts jsonb,
    agent_url text,
    last_seen_at timestamptz
  )`,
  // An instance outlives the rows of its app until its node has stopped it, hence no foreign keys.
  `create table instances (
    id uuid primary key,
    app_id uuid,
    environment_id uuid,
    release_id uuid,
    generation uuid,
    service text,
    revision text,
    process text not null,
    node text not null,
    desired text not null,
    draining_at timestamptz,
    drain_seconds double precision,
    observed jsonb,
    created_at timestamptz not null default now(),
    removed_at timestamptz
  )`,
  `create index instances_target on instances (app_id, environment_id) where removed_at is null`,
  `create index instances_node on instances (node) where removed_at is null`,
  // One row: which history this database is, and how often its control plane was started.
  `create table platform (
    singleton boolean primary key default true check (singleton),
    history uuid not null,
    epoch bigint not null
  )`,
  `create table idempotency_keys (
    key text not null,
    subject text not null,
    request_hash text not null,
    status integer,
    body jsonb,
    created_at timestamptz not null default now(),
    primary key (key, subject)
  )`,
  `create index idempotency_keys_age on idempotency_keys (created_at)`,
];

const TABLES = [
  "idempotency_keys",
  "platform",
  "instances",
  "nodes",
  "deployment_logs",
  "builds",
  "deployments",
  "targets",
  "releases",
  "sources",
  "variables",
  "apps",
  "environments",
  "projects",
  "organisations",
];

export class First1764000000001 implements MigrationInterface {
  name = "First1764000000001";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`drop table ${table}`);
  }
}
