export {
  LeaseStoreBench,
  type LeaseStoreUnderTest,
  leaseStoreContract,
} from "./lease-store-contract.ts";
export { ManualClock, WakingClock } from "./manual-clock.ts";
export { MemoryLeaseStore } from "./memory-lease-store.ts";
export { type Chance, type Link, MemoryNetwork } from "./memory-network.ts";
export { RecordingDriver } from "./recording-driver.ts";
