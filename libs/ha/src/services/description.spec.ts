import { expect, test } from "vitest";
import { orderOf } from "./description.ts";
import type { ServiceSpec, Topology } from "./service.ts";

const service = (
  resources: ServiceSpec["resources"],
  topology: Topology = { kind: "failover" },
): ServiceSpec => ({
  name: "db",
  topology,
  candidates: ["a"],
  resources,
  affinities: [],
  monitor: { restarts: { count: 2, withinMs: 10_000 }, action: "switch", blockForMs: 5_000 },
});

test("gives the order of a service that can be started", () => {
  const order = orderOf(
    service([
      { name: "app", after: ["disk"] },
      { name: "disk", after: [] },
    ]),
  );
  expect(order.map(({ name }) => name)).toEqual(["disk", "app"]);
});

test.each<[string, ServiceSpec]>([
  [
    'a → b → a; take one of these out of the "after" of the one before it',
    service([
      { name: "a", after: ["b"] },
      { name: "b", after: ["a"] },
    ]),
  ],
  ["a comes after c, which it doesn't have: add c, or", service([{ name: "a", after: ["c"] }])],
  [
    "min 1, target 3, max 2: set them so that min ≤ target ≤ max",
    service([{ name: "a", after: [] }], { kind: "flex", min: 1, target: 3, max: 2 }),
  ],
])("refuses what can't be started, and says what to change: %s", (why, spec) => {
  expect(() => orderOf(spec)).toThrow(RangeError);
  expect(() => orderOf(spec)).toThrow(why);
});
