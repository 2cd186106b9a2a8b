import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brokenRules } from "../testing/broken-rules.ts";
import { fleets, largeFleets, running } from "./fleet.fixture.ts";
import { Fleet, type PlacementFacts, planPlacement } from "./fleet.ts";

// A seed of our own, so that a run is the same wherever it runs; what fails is printed with its path.
const RUNS = { seed: 6_004, numRuns: 400 };

const settled = (facts: PlacementFacts): PlacementFacts =>
  running(facts, planPlacement(facts).placed);

const withNodesLost = (facts: PlacementFacts, lost: ReadonlySet<string>): PlacementFacts => ({
  ...facts,
  nodes: facts.nodes.map((node) =>
    lost.has(node.name) ? { ...node, state: "lost" as const } : node,
  ),
});

/** Without what ran on nodes that are lost. */
const stillThere = (facts: PlacementFacts): PlacementFacts => {
  const lost = new Set(facts.nodes.filter(({ state }) => state === "lost").map(({ name }) => name));
  return {
    ...facts,
    workloads: facts.workloads.map((workload) => ({
      ...workload,
      running: workload.running.filter((name) => !lost.has(name)),
    })),
  };
};

const someLost = fc.tuple(fleets, fc.uniqueArray(fc.integer({ min: 0, max: 7 }), { maxLength: 4 }));

describe("a plan, of whatever fleet", () => {
  it("breaks no capacity, policy, label, spread, affinity or quota", () => {
    fc.assert(
      fc.property(fleets, (facts) => {
        expect(brokenRules(settled(facts))).toEqual([]);
      }),
      RUNS,
    );
  });

  it("gives instances only to nodes that take them", () => {
    fc.assert(
      fc.property(fleets, (facts) => {
        const states = new Map(facts.nodes.map(({ name, state }) => [name, state]));
        for (const { node } of planPlacement(facts).placed)
          expect(["ready", "silent"]).toContain(states.get(node));
      }),
      RUNS,
    );
  });

  it("places what it can: of what is left, each node refuses one more, or a quota does", () => {
    fc.assert(
      fc.property(fleets, (facts) => {
        for (const { missing, refusals, explain } of planPlacement(facts).unplaced) {
          expect(missing).toBeGreaterThan(0);
          if (refusals.length > 0) continue;
          expect(explain().filter((node) => node.refusals.length === 0)).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it("is the same for the same facts in another order", () => {
    fc.assert(
      fc.property(fleets, (facts) => {
        const turned = {
          nodes: facts.nodes.toReversed(),
          workloads: facts.workloads.toReversed(),
          quotas: Object.fromEntries(Object.entries(facts.quotas).toReversed()),
        };
        expect(planPlacement(turned).placed).toEqual(planPlacement(facts).placed);
      }),
      RUNS,
    );
  });

  it("moves nothing that is right where it is, and a plan that was carried out needs no other", () => {
    fc.assert(
      fc.property(fleets, (facts) => {
        const again = planPlacement(settled(facts));
        expect(again.placed).toEqual([]);
        expect(again.displaced).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe("when nodes are lost together", () => {
  it("places what ran there anew, in one plan, moves nothing else, and breaks no rule", () => {
    fc.assert(
      fc.property(someLost, ([made, lost]) => {
        const before = settled(made);
        const facts = withNodesLost(before, new Set(lost.map((at) => `n${at}`)));
        const plan = planPlacement(facts);
        const there = stillThere(facts);
        const gone = (all: PlacementFacts) => all.workloads.flatMap((each) => each.running).length;
        expect(plan.displaced).toHaveLength(gone(facts) - gone(there));
        expect(plan.placed.length).toBeLessThanOrEqual(
          plan.displaced.length + countOf(planPlacement(before).unplaced),
        );
        // What lost its companion with the node stays: only what is placed now has to keep its affinities.
        const broken = new Set(brokenRules(there));
        const after = brokenRules(running(there, plan.placed));
        expect(after.filter((rule) => !broken.has(rule))).toEqual([]);
      }),
      RUNS,
    );
  });

  it("places what ran on fifty nodes at once anew, in one plan, as far as rules let it, and breaks none", () => {
    const fifty = largeFleets.chain((facts) =>
      fc.tuple(
        fc.constant(facts),
        fc.shuffledSubarray(
          facts.nodes.map(({ name }) => name),
          { minLength: 50, maxLength: 50 },
        ),
      ),
    );
    fc.assert(
      fc.property(fifty, ([made, lost]) => {
        const facts = withNodesLost(settled(made), new Set(lost));
        const plan = planPlacement(facts);
        const there = stillThere(facts);
        const after = running(there, plan.placed);
        const known = new Set(brokenRules(there));
        expect(brokenRules(after).filter((rule) => !known.has(rule))).toEqual([]);
        // Whatever is wanted and does not run is named as missing, and no node would take it, or a quota forbids it.
        const wanted = after.workloads.map((each) => each.count - each.running.length);
        const short = wanted.filter((count) => count > 0).reduce((sum, count) => sum + count, 0);
        expect(countOf(plan.unplaced)).toBe(short);
        const explained = plan.unplaced.filter(({ refusals }) => refusals.length === 0);
        const takers = explained.flatMap(({ explain }) =>
          explain().filter((node) => node.refusals.length === 0),
        );
        expect(takers).toEqual([]);
        expect(planPlacement(after).placed).toEqual([]);
      }),
      // Not made smaller when one fails, which takes minutes: the seed names it.
      { ...RUNS, numRuns: 30, endOnFailure: true },
    );
  });

  it("comes to the same by one change after the other as by starting anew", () => {
    fc.assert(
      fc.property(someLost, ([made, lost]) => {
        const fleet = new Fleet(made);
        const first = fleet.plan();
        expect(first.placed).toEqual(planPlacement(made).placed);
        const after = withNodesLost(
          running(made, first.placed),
          new Set(lost.map((at) => `n${at}`)),
        );
        for (const node of after.nodes) fleet.setNode(node);
        const plan = fleet.plan();
        expect(plan.placed).toEqual(planPlacement(after).placed);
      }),
      RUNS,
    );
  });
});

describe("proposed moves", () => {
  it("break no rule when they are made one after the other, and make no node fuller than any was", () => {
    fc.assert(
      fc.property(fleets, (made) => {
        let facts = settled(made);
        const fleet = new Fleet(facts);
        for (const { workload, node, to, gain } of fleet.proposeRebalance({ leastGain: 0.01 })) {
          expect(gain).toBeGreaterThanOrEqual(0.01);
          facts = moved(facts, workload, node, to);
          expect(brokenRules(facts)).toEqual([]);
        }
        // They were only proposed: the fleet is as it was.
        expect(fleet.plan().placed).toEqual(planPlacement(settled(made)).placed);
      }),
      RUNS,
    );
  });
});

const countOf = (unplaced: readonly { readonly missing: number }[]): number =>
  unplaced.reduce((sum, { missing }) => sum + missing, 0);

function moved(facts: PlacementFacts, id: string, from: string, to: string): PlacementFacts {
  return {
    ...facts,
    workloads: facts.workloads.map((workload) => {
      if (workload.id !== id) return workload;
      const at = workload.running.indexOf(from);
      return { ...workload, running: workload.running.toSpliced(at, 1, to) };
    }),
  };
}
