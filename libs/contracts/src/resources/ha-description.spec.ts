import { describe, expect, it } from "vitest";
import { HaGroup, HaService } from "./ha.ts";

type Resource = readonly [name: string, ...after: string[]];

const described = (
  resources: readonly Resource[],
  topology: object = { kind: "failover" },
): object => ({
  name: "drill",
  topology,
  candidates: ["n1"],
  resources: resources.map(([name, ...after]) => ({
    name,
    after,
    program: "apps/agent/dist/drill/main.js",
    environmentVariables: {},
    port: 7471,
    stopGraceMs: 1,
  })),
  affinities: [],
  monitor: { restarts: { count: 1, withinMs: 1 }, action: "switch", blockForMs: 1 },
  stopWithinMs: 1,
});

const whyNot = (description: object): string[] =>
  HaService.safeParse(description).error?.issues.map(({ message }) => message) ?? [];

describe("a service's description", () => {
  it("is taken when its resources have an order and its bounds are in theirs", () => {
    expect(whyNot(described([["app", "disk"], ["disk"], ["web", "disk", "app"]]))).toEqual([]);
    expect(whyNot(described([["app"]], { kind: "flex", min: 1, target: 1, max: 1 }))).toEqual([]);
  });

  it.each([
    [1, 3, 2],
    [2, 1, 3],
    [3, 3, 2],
  ])("is refused with min %d, target %d and max %d", (min, target, max) => {
    expect(whyNot(described([["app"]], { kind: "flex", min, target, max }))).toEqual([
      `min ${min}, target ${target}, max ${max}: set them so that min ≤ target ≤ max`,
    ]);
  });

  it("is refused with a cycle, which it names, and what to do", () => {
    const cyclic = described([["disk"], ["a", "disk", "b"], ["b", "c"], ["c", "a"]]);
    expect(whyNot(cyclic)).toEqual([
      'its resources wait for each other: a → b → c → a; take one of these out of the "after" of the one before it',
    ]);
    expect(whyNot(described([["app", "app"]]))).toEqual([expect.stringContaining("app → app")]);
  });

  it("is refused when a resource comes after one that there is not, or two have one name", () => {
    expect(whyNot(described([["app", "disk"]]))).toEqual([
      'resource app comes after disk, which the service does not have: add disk, or take it out of the "after" of app',
    ]);
    expect(whyNot(described([["app"], ["app"]]))).toEqual([
      "two resources have the name app: give one another name",
    ]);
  });

  it("keeps an agent from nothing else that it is told: its guard is who refuses it", () => {
    const group = {
      members: [],
      services: [described([["app", "app"]])],
      intents: { version: 1, intents: {} },
      isCordoned: false,
      ttlMs: 2_000,
    };
    expect(HaGroup.safeParse(group).success).toBe(true);
  });
});
