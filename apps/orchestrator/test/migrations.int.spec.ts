import type { DataSource } from "typeorm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openDataSource } from "../src/persistence/data-source.ts";
import { MIGRATIONS } from "../src/persistence/migrations/index.ts";
import { startPostgres, type TestPostgres } from "../../../tools/testing/postgres.ts";

let postgres: TestPostgres;
let source: DataSource;

beforeAll(async () => {
  postgres = await startPostgres();
  const { host, port, user } = postgres;
  const name = await postgres.createDatabase();
  source = await openDataSource({ host, port, user, name }).initialize();
});
afterAll(async () => {
  await source.destroy();
  await postgres.stop();
});

/** Tables, columns, indexes and constraints of our own schema, as text. */
async function shape(): Promise<string[]> {
  const columns: { line: string }[] = await source.query(
    `select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') as line
     from information_schema.columns where table_schema = 'public' and table_name <> 'migrations'
     union all select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'migrations'
     union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
       where connamespace = 'public'::regnamespace and conrelid::regclass::text <> 'migrations'
     order by 1`,
  );
  return columns.map(({ line }) => line);
}

it("can be undone and done again, with the same result", async () => {
  const first = await shape();
  expect(first.length).toBeGreaterThan(100);
  for (let i = 0; i < MIGRATIONS.length; i++) await source.undoLastMigration();
  expect(await shape()).toEqual([]);
  await source.runMigrations();
  expect(await shape()).toEqual(first);
});

it("lets only one deployment of an app in an environment be under way", async () => {
  const id = (last: string) => `00000000-0000-7000-8000-00000000000${last}`;
  await source.query(`insert into organisations (id, name) values ('${id("1")}', 'main')`);
  await source.query(
    `insert into projects (id, organisation_id, name) values ('${id("1")}', '${id("1")}', 'main')`,
  );
  await source.query(
    `insert into environments (id, project_id, name) values ('${id("1")}', '${id("1")}', 'production')`,
  );
  await source.query(
    `insert into apps (id, project_id, name) values ('${id("1")}', '${id("1")}', 'shop')`,
  );
  const deploy = (deployment: string, phase: string, endedAt = "null") =>
    source.query(
      `insert into deployments (id, app_id, environment_id, kind, phase, strategy, created_by, ended_at)
       values ('${id(deployment)}', '${id("1")}', '${id("1")}', 'source', '${phase}', '{}', 'user:admin', ${endedAt})`,
    );
  await deploy("1", "failed", "now()");
  await deploy("2", "starting");
  await expect(deploy("3", "building")).rejects.toThrow("deployments_one_active");
});
