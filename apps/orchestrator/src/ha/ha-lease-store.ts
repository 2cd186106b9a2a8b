import { readFileSync } from "node:fs";
import type { LeaseStore } from "@bastide/ha";
import { EtcdLeaseStore, PostgresLeaseStore } from "@bastide/ha-stores";
import { Injectable, type OnApplicationShutdown } from "@nestjs/common";
import { Pool } from "pg";
import { Config } from "../config.ts";

const POOL_SIZE = 4;
const ENSURE_MS = 5_000;

/** Where leases are granted: etcd where the operator named one, the platform's own PostgreSQL else. */
@Injectable()
export class HaLeaseStore implements OnApplicationShutdown {
  readonly #store: LeaseStore;
  readonly #ensure: () => Promise<void>;
  readonly #close: () => Promise<void>;
  #ready: Promise<void> | undefined;

  /** In an operator's words. */
  readonly kind: "etcd" | "PostgreSQL";

  constructor(config: Config) {
    this.kind = config.etcd ? "etcd" : "PostgreSQL";
    if (config.etcd) {
      const etcd = new EtcdLeaseStore(etcdOptions(config.etcd));
      this.#store = etcd;
      this.#ensure = async () => {};
      this.#close = async () => etcd[Symbol.dispose]();
      return;
    }
    const pool = new Pool(poolOptions(config));
    const store = new PostgresLeaseStore(pool);
    this.#store = store;
    this.#close = () => pool.end();
    this.#ensure = () => store.ensure(AbortSignal.timeout(ENSURE_MS));
  }

  /** Rejects with LeaseStoreUnavailable while its tables cannot be made; tried anew by the next who asks. */
  async get(): Promise<LeaseStore> {
    const ready = (this.#ready ??= this.#ensure());
    try {
      await ready;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
    return this.#store;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#close();
  }
}

const poolOptions = ({ database }: Config) => ({
  host: database.host,
  port: database.port,
  database: database.name,
  user: database.user,
  ...(database.password === undefined ? {} : { password: database.password }),
  application_name: "bastide-leases",
  max: POOL_SIZE,
});

function etcdOptions({ endpoints, caFile, certificateFile, keyFile }: NonNullable<Config["etcd"]>) {
  return {
    endpoints,
    attemptMs: 500,
    tls: { ...pem("ca", caFile), ...pem("cert", certificateFile), ...pem("key", keyFile) },
  };
}

const pem = (name: string, file: string | undefined) =>
  file === undefined ? {} : { [name]: readFileSync(file, "utf8") };
