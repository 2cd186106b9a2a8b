import { leaseStoreContract } from "./lease-store-contract.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryLeaseStore } from "./memory-lease-store.ts";

const open = () => {
  const clock = new ManualClock();
  const store = new MemoryLeaseStore(clock);
  return {
    store,
    other: store,
    ttlMs: 1_000,
    letTimePass: (durationMs: number) => Promise.resolve(clock.advance(durationMs)),
    close: () => Promise.resolve(),
  };
};

leaseStoreContract("memory", open, { isTimeReal: false });
