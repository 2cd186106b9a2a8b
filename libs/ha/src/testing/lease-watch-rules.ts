import { describe, expect, test } from "vitest";
import type { LeaseRecord, LeaseStore } from "../leases/lease-store.ts";
import type { LeaseStoreBench } from "./lease-store-contract.ts";

/** Reads on until a record satisfies; a watch that ends before has broken its promise. */
async function seen(
  store: LeaseStore,
  name: string,
  signal: AbortSignal,
  isIt: (record: LeaseRecord | undefined) => boolean,
  onFirst: () => Promise<unknown> = () => Promise.resolve(),
): Promise<LeaseRecord | undefined> {
  const controller = new AbortController();
  let acted: Promise<unknown> | undefined;
  for await (const record of store.watch(name, AbortSignal.any([signal, controller.signal]))) {
    acted ??= onFirst();
    if (isIt(record)) {
      controller.abort();
      await acted;
      return record;
    }
  }
  throw new Error(`the watch of ${name} ended`);
}

export function watchRules(bench: LeaseStoreBench): void {
  describe("watches", () => {
    test("begins with the present record", async () => {
      const name = bench.freshName();
      const grant = await bench.granted(name, "a");
      const record = await seen(bench.other, name, bench.signal, () => true);
      expect(record).toEqual({ name, holder: "a", epoch: grant.epoch });
    });

    test("begins with nothing for a lease that was never granted, then shows its grant", async () => {
      const name = bench.freshName();
      const records: (LeaseRecord | undefined)[] = [];
      const last = await seen(
        bench.other,
        name,
        bench.signal,
        (record) => {
          records.push(record);
          return record?.holder === "a";
        },
        () => bench.granted(name, "a"),
      );
      expect(records[0]).toBeUndefined();
      expect(last?.holder).toBe("a");
    });
  });
}

export function watchedEndRules(bench: LeaseStoreBench): void {
  describe("watches that end, and of leases given back", () => {
    test("shows that the lease was given back", async () => {
      const name = bench.freshName();
      const grant = await bench.granted(name, "a");
      const last = await seen(
        bench.other,
        name,
        bench.signal,
        (record) => record?.holder === undefined,
        () => bench.store.release(grant, bench.signal),
      );
      expect(last).toEqual({ name, epoch: grant.epoch });
    });

    test("ends when its signal aborts", async () => {
      const controller = new AbortController();
      const records: unknown[] = [];
      for await (const record of bench.store.watch(bench.freshName(), controller.signal)) {
        records.push(record);
        controller.abort();
      }
      expect(records).toEqual([undefined]);
    });
  });
}

export function watchedTimeRules(bench: LeaseStoreBench): void {
  describe("watches of an ending lease", () => {
    test("shows that the lease ended of itself", async () => {
      const name = bench.freshName();
      const grant = await bench.granted(name, "a");
      const last = await seen(
        bench.other,
        name,
        bench.signal,
        (record) => record?.holder === undefined,
        () => bench.letLeasesEnd(),
      );
      expect(last).toEqual({ name, epoch: grant.epoch });
    });
  });
}
