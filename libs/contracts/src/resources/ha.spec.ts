import { expect, it } from "vitest";
import { HaGroup } from "./ha.ts";

const group = {
  members: [{ name: "n1", address: { host: "192.0.2.1", port: 7471 } }],
  services: [
    {
      name: "drill",
      topology: { kind: "failover" },
      candidates: ["n1"],
      resources: [
        {
          name: "program",
          after: [],
          program: "apps/agent/dist/drill/main.js",
          environmentVariables: {},
          port: 7471,
          stopGraceMs: 1,
        },
      ],
      affinities: [{ kind: "apart", service: "web", isHard: false }],
      monitor: { restarts: { count: 1, withinMs: 1 }, action: "switch", blockForMs: 1 },
      stopWithinMs: 1,
    },
  ],
  intents: {
    version: 1,
    intents: { drill: { service: "drill", desired: { kind: "placed", node: "n1" }, id: "i1" } },
  },
  isCordoned: false,
  ttlMs: 2_000,
};

/** As a later version might say it: with a word more in each of its objects, where those have names of their own. */
function withMore(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMore);
  if (typeof value !== "object" || value === null) return value;
  const inside = Object.entries(value).map(([key, one]) => [key, withMore(one)] as const);
  const isTable = inside.some(([key]) => key === "drill") || inside.length === 0;
  return Object.fromEntries(isTable ? inside : [...inside, ["later", true]]);
}

it("a group with more in it than this version knows is the group that this version knows", () => {
  expect(HaGroup.parse(withMore(group))).toEqual(HaGroup.parse(group));
});
