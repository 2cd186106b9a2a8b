import { describe, expect, test } from "vitest";
import type { LeaseStoreBench } from "./lease-store-contract.ts";

const key = (name: string): string => `${name}/value`;

export function fencedWriteRules(bench: LeaseStoreBench): void {
  describe("fenced writes", () => {
    test("has no value that was never written", async () => {
      expect(await bench.store.readValue(key(bench.freshName()), bench.signal)).toBeUndefined();
    });

    test("writes for the lease's holder what every client reads", async () => {
      const name = bench.freshName();
      const grant = await bench.granted(name, "a");
      const value = JSON.stringify({ text: "é\n'\"\\" });
      expect(await bench.store.writeFenced(grant, key(name), value, bench.signal)).toEqual({
        kind: "written",
      });
      expect(await bench.other.readValue(key(name), bench.signal)).toBe(value);
    });

    test("refuses a holder whose lease another has since, and writes nothing", async () => {
      const name = bench.freshName();
      const first = await bench.granted(name, "a");
      await bench.store.release(first, bench.signal);
      const second = await bench.granted(name, "b", { store: bench.other });
      await bench.other.writeFenced(second, key(name), "second", bench.signal);
      expect(await bench.store.writeFenced(first, key(name), "first", bench.signal)).toEqual({
        kind: "fenced",
        record: { name, holder: "b", epoch: second.epoch },
      });
      expect(await bench.store.readValue(key(name), bench.signal)).toBe("second");
    });
  });
}

export function lateWriteRules(bench: LeaseStoreBench): void {
  describe("writes of earlier holders", () => {
    test("refuses an earlier grant of the same holder", async () => {
      const name = bench.freshName();
      const first = await bench.granted(name, "a");
      const second = await bench.granted(name, "a");
      const refused = await bench.store.writeFenced(first, key(name), "first", bench.signal);
      expect(refused).toMatchObject({ kind: "fenced", record: { epoch: second.epoch } });
    });

    test("keeps a value when its writer's lease ends", async () => {
      const name = bench.freshName();
      const grant = await bench.granted(name, "a");
      await bench.store.writeFenced(grant, key(name), "kept", bench.signal);
      await bench.store.release(grant, bench.signal);
      expect(await bench.other.readValue(key(name), bench.signal)).toBe("kept");
    });
  });
}

export function endedWriteRules(bench: LeaseStoreBench): void {
  describe("writes of a holder whose lease has ended", () => {
    test("refuses a holder whose lease has ended, though nobody else took it", async () => {
      const name = bench.freshName();
      const grant = await bench.granted(name, "a");
      await bench.letLeasesEnd();
      expect(await bench.store.writeFenced(grant, key(name), "late", bench.signal)).toEqual({
        kind: "fenced",
        record: { name, epoch: grant.epoch },
      });
      expect(await bench.store.readValue(key(name), bench.signal)).toBeUndefined();
    });
  });
}
