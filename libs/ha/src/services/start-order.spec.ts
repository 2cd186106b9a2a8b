import fc from "fast-check";
import { expect, test } from "vitest";
import { startOrder } from "./start-order.ts";

test("puts each resource after those that it needs", () => {
  const needs = fc.array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(needs, (all) => {
      // Only earlier ones are needed, so that there is no cycle; they are given last first.
      const resources = all
        .map((after, index) => ({
          name: `r${index}`,
          after: after.filter((one) => one < index).map((one) => `r${one}`),
        }))
        .toReversed();
      const order = startOrder({ resources });
      expect(order.kind).toBe("ordered");
      if (order.kind !== "ordered") return;
      const names = order.resources.map(({ name }) => name);
      expect(names.toSorted()).toEqual(resources.map(({ name }) => name).toSorted());
      for (const { name, after } of resources)
        for (const needed of after) expect(names.indexOf(needed)).toBeLessThan(names.indexOf(name));
    }),
  );
});

test("names the cycle when resources wait for each other", () => {
  const resources = [
    { name: "disk", after: [] },
    { name: "a", after: ["disk", "b"] },
    { name: "b", after: ["c"] },
    { name: "c", after: ["a"] },
  ];
  expect(startOrder({ resources })).toEqual({ kind: "cycle", names: ["a", "b", "c", "a"] });
});

test("names what is needed and not there", () => {
  expect(startOrder({ resources: [{ name: "a", after: ["b"] }] })).toEqual({
    kind: "unknown",
    resource: "a",
    after: "b",
  });
});
