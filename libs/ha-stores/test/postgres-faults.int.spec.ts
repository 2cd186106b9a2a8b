import { type LeaseGrant, LeaseStoreUnavailable } from "@bastide/ha";
import { PostgresLeaseStore, type PostgresLeaseStoreOptions } from "@bastide/ha-stores";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startPostgres, type TestPostgres } from "../../../tools/testing/postgres.ts";
import { until } from "../../../tools/testing/etcd.ts";

const LONG_MS = 60_000;
const name = "services/web";
const patient = () => AbortSignal.timeout(50_000);

let server: TestPostgres;
let database: string;
let pools: pg.Pool[];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  pools = [];
  database = await server.createDatabase();
});
afterEach(() => Promise.all(pools.map((pool) => pool.end())));

function open(options: PostgresLeaseStoreOptions & { readonly user?: string } = {}) {
  const user = options.user ?? server.user;
  const pool = new pg.Pool({ host: server.host, user, database, max: 4 });
  pools.push(pool);
  return { pool, store: new PostgresLeaseStore(pool, options) };
}

async function granted(store: PostgresLeaseStore, ttlMs = LONG_MS): Promise<LeaseGrant> {
  const answer = await store.tryAcquire({ name, holder: "a", ttlMs, aboveEpoch: 0 }, patient());
  if (answer.kind !== "granted") throw new Error(`${name} is held by ${answer.record.holder}`);
  return answer.grant;
}

test("makes its tables once, however many ask for them at once", async () => {
  const stores = Array.from({ length: 6 }, () => open().store);
  await Promise.all(stores.map((store) => store.ensure(patient())));
  for (const store of stores) await store.ensure(patient());
  const grants = [];
  for (const store of stores) grants.push((await granted(store)).epoch);
  expect(grants).toEqual([1, 2, 3, 4, 5, 6]);
});

test("needs no right to create anything where its tables are", async () => {
  const { pool, store } = open();
  await store.ensure(patient());
  await pool.query(`create role "${database}_user" login`);
  await pool.query(`grant usage on schema bastide_leases to "${database}_user"`);
  await pool.query(
    `grant select, insert, update on all tables in schema bastide_leases to "${database}_user"`,
  );
  const modest = open({ user: `${database}_user` }).store;
  await modest.ensure(patient());
  const grant = await granted(modest);
  expect(await modest.writeFenced(grant, "k", "v", patient())).toEqual({ kind: "written" });
  await modest.release(grant, patient());
});

test("says what to do when its tables are not there", async () => {
  await expect(open().store.read(name, patient())).rejects.toThrow(/To do: call `ensure`/);
});

test("refuses a pool that a watch would use up, and a schema with signs in it", () => {
  const pool = new pg.Pool({ host: server.host, max: 1 });
  pools.push(pool);
  expect(() => new PostgresLeaseStore(pool)).toThrow(/allow 2 or more/);
  expect(() => open({ schema: 'x"; drop table y; --' })).toThrow(RangeError);
});

test("gives up a step that another transaction holds up, and says so", async () => {
  const { pool, store } = open({ timeoutMs: 500 });
  await store.ensure(patient());
  const grant = await granted(store);
  const other = await pool.connect();
  await other.query("begin");
  await other.query("select * from bastide_leases.leases for update");
  await expect(store.renew(grant, patient())).rejects.toThrow(LeaseStoreUnavailable);
  await other.query("rollback");
  other.release();
  expect(await store.renew(grant, patient())).toEqual({ kind: "renewed" });
});

test("counts a lease's time from when it got the row and not from when it asked", async () => {
  const { pool, store } = open({ timeoutMs: 20_000 });
  await store.ensure(patient());
  const grant = await granted(store, 300);
  const other = await pool.connect();
  await other.query("begin");
  await other.query("update bastide_leases.leases set holder = holder");
  const renewing = store.renew(grant, patient());
  const rival = { name, holder: "b", ttlMs: LONG_MS, aboveEpoch: 0 };
  const acquiring = store.tryAcquire(rival, patient());
  await other.query("select pg_sleep(0.5)");
  await other.query("commit");
  other.release();
  expect(await renewing).toEqual({ kind: "lost" });
  expect(await acquiring).toMatchObject({ kind: "granted", grant: { epoch: grant.epoch + 1 } });
});

/** What `ask` is answered that has to wait for the lease's row until after the lease's end; the row stays as it is. */
async function heldUp<Answer>(
  hold: "for share" | "for update",
  ask: (store: PostgresLeaseStore, grant: LeaseGrant) => Promise<Answer>,
): Promise<Answer> {
  const { pool, store } = open({ timeoutMs: 20_000 });
  await store.ensure(patient());
  const grant = await granted(store, 300);
  const other = await pool.connect();
  await other.query("begin");
  await other.query(`select 1 from bastide_leases.leases ${hold}`);
  const asking = ask(store, grant);
  await other.query("select pg_sleep(0.5)");
  await other.query("rollback");
  other.release();
  return asking;
}

test("does not renew a lease that ended while its row was looked at", async () => {
  const renewed = await heldUp("for share", (store, grant) => store.renew(grant, patient()));
  expect(renewed).toEqual({ kind: "lost" });
});

test("writes nothing for a lease that ended while its row was held", async () => {
  const written = await heldUp("for update", (store, grant) =>
    store.writeFenced(grant, "k", "v", patient()),
  );
  expect(written).toMatchObject({ kind: "fenced" });
});

test("is away while the server is, and goes on with its epochs and values", async () => {
  const { store } = open();
  await store.ensure(patient());
  const grant = await granted(store);
  await store.writeFenced(grant, "k", "v", patient());
  await server.crash();
  await expect(store.read(name, patient())).rejects.toThrow(LeaseStoreUnavailable);
  await expect(store.renew(grant, patient())).rejects.toThrow(/To do: /);
  await server.start();
  expect(await store.renew(grant, patient())).toEqual({ kind: "renewed" });
  expect(await store.readValue("k", patient())).toBe("v");
  expect((await granted(store)).epoch).toBe(grant.epoch + 1);
});

test("is told of changes, and tells a watch the last state after the server was away", async () => {
  const { store } = open({ rereadMs: 40_000 });
  await store.ensure(patient());
  const controller = new AbortController();
  const records = store.watch(name, AbortSignal.any([controller.signal, patient()]));
  const shows = async (epoch: number): Promise<void> => {
    for (;;) {
      const { value, done } = await records.next();
      if (done === true) throw new Error("the watch ended");
      if (value?.epoch === epoch) return;
    }
  };
  expect(await records.next()).toEqual({ value: undefined, done: false });
  const first = await granted(store);
  await shows(first.epoch);
  await server.crash();
  await server.start();
  const second = await until("the store answers", () => granted(store).catch(() => undefined));
  await shows(second.epoch);
  controller.abort();
  expect(await records.next()).toEqual({ value: undefined, done: true });
});

test("ends a watch at once though the server is frozen over it", async () => {
  const { pool, store } = open({ rereadMs: 40_000 });
  await store.ensure(patient());
  const controller = new AbortController();
  const records = store.watch(name, controller.signal);
  await records.next();
  const blocker = await pool.connect();
  await blocker.query("begin");
  await blocker.query("lock table bastide_leases.leases in access exclusive mode");
  const next = records.next();
  controller.abort();
  expect(await next).toEqual({ value: undefined, done: true });
  await blocker.query("rollback");
  blocker.release();
});
