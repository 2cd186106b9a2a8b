import fc from "fast-check";
import { expect, it } from "vitest";
import { LoadTree } from "./load-tree.ts";

const leaf = fc.record({
  load: fc.constantFrom(0, 0.25, 0.5, 1, Infinity),
  cpuMillis: fc.integer({ min: 0, max: 4 }),
  memoryMb: fc.integer({ min: 0, max: 4 }),
});

it("finds a least loaded place that has room and is accepted, as looking at all of them would", () => {
  fc.assert(
    fc.property(
      fc.array(leaf, { maxLength: 20 }),
      leaf,
      fc.uniqueArray(fc.nat(19)),
      (leaves, needs, refused) => {
        const tree = new LoadTree(leaves.length);
        // Each is set twice, so that what was known of it before must not count.
        for (const [place] of leaves.entries())
          tree.set(place, { load: 0, cpuMillis: 9, memoryMb: 9 });
        for (const [place, each] of leaves.entries()) tree.set(place, each);
        const fitting = leaves
          .filter((_, place) => !refused.includes(place))
          .filter((each) => each.cpuMillis >= needs.cpuMillis && each.memoryMb >= needs.memoryMb)
          .map(({ load }) => load);
        const least = Math.min(Infinity, ...fitting);
        const found = tree.lightest(needs, Infinity, (place) => !refused.includes(place));
        expect(found?.load ?? Infinity).toBe(least);
        expect(leaves[found?.place ?? -1]?.load ?? Infinity).toBe(least);
        expect(tree.lightest(needs, least, (place) => !refused.includes(place))).toBeUndefined();
      },
    ),
    { seed: 6_004 },
  );
});
