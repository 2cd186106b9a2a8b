import { describe, expect, test } from "vitest";
import type { LeaseStoreBench } from "./lease-store-contract.ts";

export function grantRules(bench: LeaseStoreBench): void {
  describe("grants", () => {
    test("knows nothing of a lease that was never granted", async () => {
      expect(await bench.store.read(bench.freshName(), bench.signal)).toBeUndefined();
    });

    test("grants a free lease and puts its holder on record", async () => {
      const name = bench.freshName();
      const grant = await bench.granted(name, "a");
      expect(grant).toEqual({ name, holder: "a", epoch: grant.epoch, ttlMs: grant.ttlMs });
      expect(grant.epoch).toBeGreaterThan(0);
      expect(await bench.other.read(name, bench.signal)).toEqual({
        name,
        holder: "a",
        epoch: grant.epoch,
      });
    });

    test("refuses a lease that another holds and says who", async () => {
      const name = bench.freshName();
      const { epoch, ttlMs } = await bench.granted(name, "a");
      const request = { name, holder: "b", ttlMs, aboveEpoch: epoch + 10 };
      expect(await bench.other.tryAcquire(request, bench.signal)).toEqual({
        kind: "held",
        record: { name, holder: "a", epoch },
      });
    });

    test("grants above the epoch that is known elsewhere, however great", async () => {
      const aboveEpoch = 7 * 2 ** 32 + 5;
      const name = bench.freshName();
      const first = await bench.granted(name, "a", { aboveEpoch });
      expect(first.epoch).toBeGreaterThan(aboveEpoch);
      await bench.store.release(first, bench.signal);
      const second = await bench.granted(name, "b", { store: bench.other });
      expect(second.epoch).toBeGreaterThan(first.epoch);
    });
  });
}

export function raceRules(bench: LeaseStoreBench): void {
  describe("grants to those that ask more than once or at once", () => {
    test("grants its holder anew under a greater epoch and ends the earlier grant", async () => {
      const name = bench.freshName();
      const first = await bench.granted(name, "a");
      const second = await bench.granted(name, "a", { store: bench.other });
      expect(second.epoch).toBeGreaterThan(first.epoch);
      expect(await bench.store.renew(first, bench.signal)).toEqual({ kind: "lost" });
      expect(await bench.store.renew(second, bench.signal)).toEqual({ kind: "renewed" });
    });

    test("grants to one of many that ask at once", async () => {
      const name = bench.freshName();
      const { ttlMs } = bench.underTest;
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          (index % 2 === 0 ? bench.store : bench.other).tryAcquire(
            { name, holder: `h${index}`, ttlMs, aboveEpoch: 0 },
            bench.signal,
          ),
        ),
      );
      expect(answers.filter(({ kind }) => kind === "granted")).toHaveLength(1);
    });

    test("gives no epoch twice, even to one holder that asks many times at once", async () => {
      const name = bench.freshName();
      const grants = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          bench.granted(name, "a", { store: index % 2 === 0 ? bench.store : bench.other }),
        ),
      );
      expect(new Set(grants.map(({ epoch }) => epoch)).size).toBe(8);
      const renewals = await Promise.all(
        grants.map((grant) => bench.store.renew(grant, bench.signal)),
      );
      expect(renewals.filter(({ kind }) => kind === "renewed")).toHaveLength(1);
    });

    test("keeps leases of different names apart", async () => {
      const name = bench.freshName();
      const [long, short] = [`${name}/b`, name];
      const a = await bench.granted(short, "a");
      const b = await bench.granted(long, "b");
      await bench.store.release(a, bench.signal);
      expect(await bench.store.renew(b, bench.signal)).toEqual({ kind: "renewed" });
    });

    test("rejects a call whose signal is aborted", async () => {
      const grant = await bench.granted(bench.freshName(), "a");
      await expect(bench.store.renew(grant, AbortSignal.abort())).rejects.toThrow(/abort/i);
    });
  });
}
