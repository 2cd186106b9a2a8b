export { EtcdLeaseStore } from "./etcd/etcd-lease-store.ts";
export type { EtcdOptions } from "./etcd/etcd-options.ts";
export {
  PostgresLeaseStore,
  type PostgresLeaseStoreOptions,
} from "./postgres/postgres-lease-store.ts";
