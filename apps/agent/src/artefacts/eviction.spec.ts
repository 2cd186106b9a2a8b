import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Evictable, toEvict } from "./eviction.ts";

const entry = (digest: string, lastUsedMs: number, more: Partial<Evictable> = {}): Evictable => ({
  digest,
  lastUsedMs,
  sizeBytes: 10,
  isInUse: false,
  ...more,
});

describe("eviction", () => {
  it("drops the least recently used over the count, and over the size", () => {
    const entries = [entry("old", 1), entry("middle", 2), entry("new", 3)];
    expect(toEvict(entries, { maxUnused: 2, maxUnusedBytes: 100 })).toEqual(["old"]);
    expect(toEvict(entries, { maxUnused: 9, maxUnusedBytes: 15 })).toEqual(["middle", "old"]);
  });

  it("never drops what is in use", () => {
    const anyEntry = fc.record({
      digest: fc.uuid(),
      sizeBytes: fc.nat(),
      lastUsedMs: fc.nat(),
      isInUse: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anyEntry), (entries) => {
        const evicted = new Set(toEvict(entries, { maxUnused: 0, maxUnusedBytes: 0 }));
        for (const { digest, isInUse } of entries) expect(evicted.has(digest)).toBe(!isInUse);
      }),
    );
  });
});
