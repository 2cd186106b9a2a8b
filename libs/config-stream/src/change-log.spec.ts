import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChangeLog, type Json } from "./change-log.ts";

const change = fc.oneof(
  fc.record({ key: fc.constantFrom("a", "b", "c", "d"), value: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ key: fc.constantFrom("a", "b", "c", "d"), tombstone: fc.constant(true as const) }),
);

describe("ChangeLog", () => {
  it("brings any reader, however far behind, to the present state", () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 4 })), fc.nat(), (batches, pick) => {
        const log = new ChangeLog();
        const states = [{ sequence: 0, values: new Map<string, Json>() }];
        for (const batch of batches) {
          log.apply(batch);
          states.push({ sequence: log.sequence, values: new Map(log.values()) });
        }
        const reader = states[pick % states.length] ?? { sequence: 0, values: new Map() };
        for (const next of log.since(reader.sequence))
          if ("tombstone" in next) reader.values.delete(next.key);
          else reader.values.set(next.key, next.value);
        expect(reader.values).toEqual(log.values());
      }),
    );
  });

  it("does not count a change that changes nothing", () => {
    const log = new ChangeLog();
    log.apply([{ key: "a", value: { deep: [1] } }]);
    log.apply([{ key: "a", value: { deep: [1] } }]);
    expect(log.sequence).toBe(1);
  });

  it("keeps its order short under endless changes of few keys", () => {
    const log = new ChangeLog();
    for (let i = 0; i < 10_000; i++) log.apply([{ key: "a", value: i }]);
    expect(log.since(9_990)).toEqual([{ key: "a", value: 9_999 }]);
    expect(log.since(0)).toHaveLength(1);
  });

  it("forgets tombstones but never values", () => {
    const log = new ChangeLog();
    log.apply([
      { key: "a", value: 1 },
      { key: "b", tombstone: true },
    ]);
    log.forget(["a", "b"]);
    expect(log.since(0)).toEqual([{ key: "a", value: 1 }]);
  });
});
