import { describe, expect, test } from "vitest";
import type { LeaseStoreBench } from "./lease-store-contract.ts";

export function endRules(bench: LeaseStoreBench): void {
  describe("ends", () => {
    test("ends a lease that is not renewed, and keeps its epoch", async () => {
      const name = bench.freshName();
      const first = await bench.granted(name, "a");
      await bench.letLeasesEnd();
      expect(await bench.store.read(name, bench.signal)).toEqual({ name, epoch: first.epoch });
      const second = await bench.granted(name, "b", { store: bench.other });
      expect(second.epoch).toBeGreaterThan(first.epoch);
    });

    test("refuses to renew a lease that has ended, though nobody else took it", async () => {
      const grant = await bench.granted(bench.freshName(), "a");
      await bench.letLeasesEnd();
      expect(await bench.store.renew(grant, bench.signal)).toEqual({ kind: "lost" });
    });

    test("refuses to renew a lease that another holds since, and leaves it to that one", async () => {
      const name = bench.freshName();
      const first = await bench.granted(name, "a");
      await bench.letLeasesEnd();
      const second = await bench.granted(name, "b", { store: bench.other });
      expect(await bench.store.renew(first, bench.signal)).toEqual({ kind: "lost" });
      await bench.store.release(first, bench.signal);
      expect(await bench.other.renew(second, bench.signal)).toEqual({ kind: "renewed" });
    });

    test("keeps a lease that is renewed", async () => {
      const name = bench.freshName();
      const grant = await bench.granted(name, "a");
      for (let round = 0; round < 4; round += 1) {
        await bench.underTest.letTimePass(grant.ttlMs / 3);
        expect(await bench.store.renew(grant, bench.signal)).toEqual({ kind: "renewed" });
      }
      expect(await bench.other.read(name, bench.signal)).toEqual({
        name,
        holder: "a",
        epoch: grant.epoch,
      });
    });
  });
}

export function releaseRules(bench: LeaseStoreBench): void {
  describe("releases", () => {
    test("frees a lease that is given back at once, and keeps its epoch", async () => {
      const name = bench.freshName();
      const first = await bench.granted(name, "a");
      await bench.store.release(first, bench.signal);
      expect(await bench.other.read(name, bench.signal)).toEqual({ name, epoch: first.epoch });
      expect(await bench.store.renew(first, bench.signal)).toEqual({ kind: "lost" });
      const second = await bench.granted(name, "b", { store: bench.other });
      expect(second.epoch).toBeGreaterThan(first.epoch);
    });

    test("lets the lease be given back twice", async () => {
      const grant = await bench.granted(bench.freshName(), "a");
      await bench.store.release(grant, bench.signal);
      await expect(bench.store.release(grant, bench.signal)).resolves.toBeUndefined();
    });
  });
}
