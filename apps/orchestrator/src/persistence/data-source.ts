import { DataSource, type DataSourceOptions } from "typeorm";
import { MIGRATIONS } from "./migrations/index.ts";

/** Where PostgreSQL is. `host` is a host name or the directory of a UNIX socket. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly password?: string;
}

/** One pool for the whole orchestrator; small, since every connection costs PostgreSQL memory. */
const POOL_SIZE = 6;

/** Longest time that one statement may take, so that a lock held for ever is an error and not a hang. */
const STATEMENT_TIMEOUT_MS = 15_000;

export function dataSourceOptions(
  database: DatabaseAddress,
  entities: DataSourceOptions["entities"] = [],
): DataSourceOptions {
  return {
    type: "postgres",
    host: database.host,
    port: database.port,
    database: database.name,
    username: database.user,
    ...(database.password === undefined ? {} : { password: database.password }),
    applicationName: "bastide-orchestrator",
    entities,
    migrations: MIGRATIONS,
    migrationsRun: true,
    migrationsTransactionMode: "each",
    synchronize: false,
    installExtensions: false,
    poolSize: POOL_SIZE,
    connectTimeoutMS: 10_000,
    extra: { statement_timeout: STATEMENT_TIMEOUT_MS },
  };
}

/** A data source outside Nest, for tests and tools; it runs the migrations when initialized. */
export function openDataSource(
  database: DatabaseAddress,
  entities: DataSourceOptions["entities"] = [],
): DataSource {
  return new DataSource(dataSourceOptions(database, entities));
}
