import fc from "fast-check";
import { expect, it } from "vitest";
import { applyChanges, ChangedMap } from "./changed-map.ts";

const key: fc.Arbitrary<string> = fc.constantFrom("a", "b", "c", "d", "e");

it("shows a map as it is after the changes, without touching it", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, fc.nat())),
      fc.array(fc.tuple(key, fc.option(fc.record({ value: fc.nat() }), { nil: undefined }))),
      (entries, list) => {
        const base = new Map(entries);
        const before = new Map(base);
        const changes = new Map(list);
        const view = new ChangedMap(base, changes);
        const after = new Map(base);
        applyChanges(after, changes);
        expect(new Map(view)).toEqual(after);
        expect(view.size).toBe(after.size);
        expect(new Set(view.keys())).toEqual(new Set(after.keys()));
        expect([...view.values()].toSorted((a, b) => a - b)).toEqual(
          [...after.values()].toSorted((a, b) => a - b),
        );
        for (const one of "abcde") {
          expect(view.get(one)).toBe(after.get(one));
          expect(view.has(one)).toBe(after.has(one));
        }
        expect(base).toEqual(before);
      },
    ),
  );
});
