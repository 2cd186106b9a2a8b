import { setTimeout as sleep } from "node:timers/promises";
import { leaseStoreContract } from "@bastide/ha/testing";
import { EtcdLeaseStore, PostgresLeaseStore } from "@bastide/ha-stores";
import pg from "pg";
import { startPostgres } from "../../../tools/testing/postgres.ts";
import { EtcdCluster } from "../../../tools/testing/etcd.ts";

const etcd = async () => {
  const cluster = await EtcdCluster.start({ size: 3 });
  const open = () => new EtcdLeaseStore({ endpoints: cluster.endpoints, attemptMs: 5000 });
  const [store, other] = [open(), open()];
  return {
    store,
    other,
    ttlMs: 2000,
    letTimePass: (durationMs: number) => sleep(durationMs),
    close: async () => {
      store[Symbol.dispose]();
      other[Symbol.dispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
};

const postgres = async () => {
  const server = await startPostgres();
  const database = await server.createDatabase();
  const open = () => {
    const pool = new pg.Pool({ host: server.host, user: server.user, database, max: 6 });
    return { pool, store: new PostgresLeaseStore(pool, { timeoutMs: 5000 }) };
  };
  const [one, two] = [open(), open()];
  await Promise.all([one, two].map(({ store }) => store.ensure(AbortSignal.timeout(10_000))));
  return {
    store: one.store,
    other: two.store,
    ttlMs: 1000,
    letTimePass: (durationMs: number) => sleep(durationMs),
    close: async () => {
      await Promise.all([one.pool.end(), two.pool.end()]);
      await server.stop();
    },
  };
};

leaseStoreContract("three members of etcd", etcd, { isTimeReal: true });
leaseStoreContract("PostgreSQL", postgres, { isTimeReal: true });
