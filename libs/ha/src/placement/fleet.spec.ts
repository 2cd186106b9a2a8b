import { describe, expect, it } from "vitest";
import { aNode, aWorkload, fleetOf, running } from "./fleet.fixture.ts";
import { Fleet, planPlacement } from "./fleet.ts";
import { PolicyVerdicts } from "./policy-verdicts.ts";

const nodesOf = (...facts: Parameters<typeof fleetOf>) =>
  planPlacement(fleetOf(...facts))
    .placed.map(({ node }) => node)
    .toSorted();

const reasonsOf = (...facts: Parameters<typeof fleetOf>) => {
  const [unplaced] = planPlacement(fleetOf(...facts)).unplaced;
  return unplaced?.explain().map(({ node, refusals }) => [node, refusals.map(({ fact }) => fact)]);
};

const inRegion = (name: string, region: string) => aNode(name, { facts: { region: [region] } });

describe("where an instance goes", () => {
  it("is away from those of its group first, then where least is used", () => {
    const full = aWorkload("full", { running: ["a"], needs: { cpuMillis: 3_000, memoryMb: 512 } });
    const nodes = [aNode("a"), aNode("b")];
    expect(nodesOf(nodes, [full, aWorkload("new")])).toEqual(["b"]);
    const older = aWorkload("new/1", { group: "new", running: ["b"] });
    expect(nodesOf(nodes, [full, older, aWorkload("new/2", { group: "new" })])).toEqual(["a"]);
  });

  it("is a node that is silent only when no other can", () => {
    const nodes = [aNode("a", { state: "silent" }), aNode("b")];
    const crowded = aWorkload("w", { count: 3, running: ["b", "b"] });
    expect(nodesOf(nodes, [crowded])).toEqual(["b"]);
    expect(nodesOf(nodes.slice(0, 1), [aWorkload("w")])).toEqual(["a"]);
  });

  it("is spread evenly over regions before it is spread over nodes", () => {
    const nodes = [inRegion("a", "west"), inRegion("b", "west"), inRegion("c", "east")];
    const spread = aWorkload("w", { count: 4, spread: [{ over: "region" }] });
    expect(nodesOf(nodes, [spread])).toEqual(["a", "b", "c", "c"]);
  });

  it("is where a companion is, if it has to be, also when both are placed at once", () => {
    const nodes = Array.from({ length: 9 }, (_, at) => aNode(`n${at}`));
    const cache = aWorkload("cache", { count: 2, needs: { cpuMillis: 1, memoryMb: 1 } });
    const web = aWorkload("web", {
      count: 2,
      needs: { cpuMillis: 2_000, memoryMb: 2_048 },
      affinities: [{ kind: "with", group: "cache", isHard: true }],
    });
    const { placed } = planPlacement(fleetOf(nodes, [web, cache]));
    const of = (id: string) =>
      placed.filter(({ workload }) => workload === id).map(({ node }) => node);
    expect(of("web").toSorted()).toEqual(of("cache").toSorted());
  });

  it("is apart from a group that said so of this one", () => {
    const proud = aWorkload("proud", {
      running: ["a"],
      affinities: [{ kind: "apart", group: "shy", isHard: true }],
    });
    expect(nodesOf([aNode("a")], [proud, aWorkload("shy")])).toEqual([]);
  });
});

describe("what cannot be placed", () => {
  it("says of each node what is asked for and what there is", () => {
    const nodes = [
      aNode("cordoned", { state: "cordoned" }),
      aNode("far", { facts: { country: ["US"] } }),
      aNode("lost", { state: "lost" }),
      aNode("podman", { facts: { driver: ["podman"], country: ["FR"] } }),
      aNode("small", {
        capacity: { cpuMillis: 50, memoryMb: 200, instances: 20 },
        facts: { country: ["FR"] },
      }),
      aNode("unsaid"),
    ];
    const needs = { cpuMillis: 100, memoryMb: 512 };
    const policy = `check if country("FR");`;
    expect(reasonsOf(nodes, [aWorkload("w", { needs, policy, labels: { tier: "gold" } })])).toEqual(
      [
        [
          "cordoned",
          [
            "needs the label tier=gold, has no such label",
            "the policy asks for country, which is not said",
            "it takes no new instances",
          ],
        ],
        [
          "far",
          [
            "needs the label tier=gold, has no such label",
            'policy `check if country("FR")` failed: country is US',
          ],
        ],
        [
          "lost",
          [
            "needs the label tier=gold, has no such label",
            "the policy asks for country, which is not said",
            "it is lost: not heard of",
          ],
        ],
        [
          "podman",
          ["needs the driver process, has podman", "needs the label tier=gold, has no such label"],
        ],
        [
          "small",
          [
            "needs the label tier=gold, has no such label",
            "needs 100 thousandths of a core, has 50 free",
            "needs 512 MiB, has 200 free",
          ],
        ],
        [
          "unsaid",
          [
            "needs the label tier=gold, has no such label",
            "the policy asks for country, which is not said",
          ],
        ],
      ],
    );
  });

  it("is what would be too dense, or has nobody to be with", () => {
    const nodes = [inRegion("a", "west"), aNode("b")];
    const spread = aWorkload("w", { count: 2, spread: [{ over: "region", most: 1 }] });
    expect(reasonsOf(nodes, [spread])).toEqual([
      ["a", ["at most 1 in one region; west has 1"]],
      ["b", ["says no region"]],
    ]);
    const follower = aWorkload("w", { affinities: [{ kind: "with", group: "db", isHard: true }] });
    expect(reasonsOf(nodes.slice(1), [follower])).toEqual([
      ["b", ["has to be with db, of which nothing runs"]],
    ]);
  });

  it("has reasons of the whole fleet for a quota, and where there are no nodes", () => {
    const { unplaced } = planPlacement(
      fleetOf([aNode("a")], [aWorkload("w", { count: 3 })], { acme: { instances: 2 } }),
    );
    expect(unplaced).toMatchObject([
      {
        missing: 1,
        refusals: [
          {
            code: "quota-instances",
            fact: "acme uses 2 of 2 instances, and this needs 1 more",
          },
        ],
      },
    ]);
    expect(planPlacement(fleetOf([], [aWorkload("w")])).unplaced).toMatchObject([
      { refusals: [{ code: "no-nodes" }] },
    ]);
  });

  it("is a quota by what is charged, however little room is asked for", () => {
    const charge = { cpuMillis: 1_000, memoryMb: 512 };
    const little = {
      ...aWorkload("w", { count: 3 }),
      needs: { cpuMillis: 1, memoryMb: 1 },
      charge,
    };
    const { placed, unplaced } = planPlacement(
      fleetOf([aNode("a")], [little], { acme: { memoryMb: 1_100 } }),
    );
    expect(placed).toHaveLength(2);
    expect(unplaced).toMatchObject([
      { refusals: [{ fact: "acme uses 1024 of 1100 MiB, and this needs 512 more" }] },
    ]);
  });

  it("is nothing of an update that fits a quota which the app fills", () => {
    const old = aWorkload("w/1", { group: "w", count: 2, running: ["a", "a"] });
    const next = aWorkload("w/2", { group: "w", count: 2 });
    expect(nodesOf([aNode("a")], [old, next], { acme: { instances: 2 } })).toEqual(["a", "a"]);
    // Nor does it take the room of others while both are there.
    const other = { ...aWorkload("other"), needs: { cpuMillis: 1, memoryMb: 1 } };
    expect(nodesOf([aNode("a")], [old, next, other], { acme: { instances: 3 } })).toHaveLength(3);
  });
});

describe("what runs", () => {
  it("is displaced when its node's facts break its policy, and keeps its room until it has left", () => {
    const facts = fleetOf(
      [
        aNode("a", {
          capacity: { cpuMillis: 4_000, memoryMb: 300, instances: 9 },
          facts: { country: ["US"] },
        }),
        aNode("b", { facts: { country: ["FR"] } }),
      ],
      [aWorkload("w", { running: ["a"], policy: `check if country("FR");` }), aWorkload("x")],
    );
    const plan = planPlacement(facts);
    expect(plan.displaced).toMatchObject([
      { workload: "w", node: "a", because: [{ code: "policy" }] },
    ]);
    expect(plan.placed.map(({ node }) => node)).toEqual(["b", "b"]);
  });

  it("stays on a node that is cordoned, and on one that has shrunk below what it runs", () => {
    const shrunk = { cpuMillis: 10, memoryMb: 10, instances: 1 };
    const nodes = [aNode("a", { state: "cordoned" }), aNode("b", { capacity: shrunk }), aNode("c")];
    const { placed, displaced } = planPlacement(
      fleetOf(nodes, [aWorkload("w", { count: 2, running: ["a", "b"] })]),
    );
    expect({ placed, displaced }).toEqual({ placed: [], displaced: [] });
  });

  it("is displaced once when its node is removed, and may stay when its node becomes right again", () => {
    const french = aNode("a", { facts: { country: ["FR"] } });
    const policy = `check if country("FR");`;
    const fleet = new Fleet(fleetOf([french], [aWorkload("w", { running: ["a"], policy })]));
    fleet.setNode(aNode("a", { facts: { country: ["DE"] } }));
    expect(fleet.plan().displaced).toHaveLength(1);
    expect(fleet.keeps("w")).toBe(0);
    fleet.setNode(french);
    expect(fleet.keeps("w")).toBe(1);
    expect(fleet.plan()).toEqual({ placed: [], displaced: [], unplaced: [] });
    fleet.removeNode("a");
    expect(fleet.plan().displaced).toMatchObject([
      { because: [{ fact: "there is no such node any more" }] },
    ]);
    expect(fleet.plan().displaced).toEqual([]);
  });
});

describe("a fleet", () => {
  it("gives instances to a node that takes them again, or has grown", () => {
    const small = aNode("b", { capacity: { cpuMillis: 100, memoryMb: 256, instances: 1 } });
    const nodes = [aNode("a", { state: "cordoned" }), small];
    const fleet = new Fleet(fleetOf(nodes, [aWorkload("w", { count: 4, running: ["b"] })]));
    expect(fleet.plan().unplaced).toMatchObject([{ missing: 3 }]);
    fleet.setNode({ ...small, capacity: { cpuMillis: 200, memoryMb: 512, instances: 2 } });
    expect(fleet.plan().placed).toEqual([{ workload: "w", node: "b" }]);
    fleet.setNode(aNode("a"));
    expect(fleet.plan().placed).toHaveLength(2);
  });

  it("evaluates a policy once for each class of nodes, whatever number of them there is", () => {
    const verdicts = new PolicyVerdicts();
    const nodes = Array.from({ length: 50 }, (_, at) =>
      aNode(`n${at}`, {
        facts: { country: [at % 2 === 0 ? "FR" : "US"] },
        labels: { at: `${at}` },
      }),
    );
    const workloads = Array.from({ length: 50 }, (_, at) =>
      aWorkload(`w${at}`, { policy: `check if country("FR");` }),
    );
    const facts = fleetOf(nodes, workloads);
    const { placed } = planPlacement(facts, verdicts);
    expect(placed).toHaveLength(50);
    planPlacement(running(facts, placed), verdicts);
    expect(verdicts.evaluations).toBe(2);
  });

  it("remembers verdicts within its bound", () => {
    const verdicts = new PolicyVerdicts(1, 1);
    const fleet = new Fleet(fleetOf([aNode("a", { facts: { country: ["FR"] } })], []), verdicts);
    for (const at of [1, 2, 1]) {
      fleet.setWorkload(aWorkload(`w${at}`, { policy: `check if country($c), $c != "${at}";` }));
      fleet.plan();
      fleet.setNode(aNode("other", { labels: { at: `${verdicts.evaluations}` } }));
    }
    expect(verdicts.evaluations).toBeGreaterThan(3);
  });

  it("explains where the next one would go, and why not elsewhere", () => {
    const nodes = [aNode("a"), aNode("b"), aNode("c", { state: "cordoned" })];
    const fleet = new Fleet(fleetOf(nodes, [aWorkload("w", { running: ["a"] })]));
    expect(fleet.explain("w")).toMatchObject({
      missing: 0,
      refusals: [],
      nodes: [
        { node: "a", instances: 1, isNext: false, refusals: [] },
        { node: "b", instances: 0, isNext: true, refusals: [] },
        { node: "c", instances: 0, isNext: false, refusals: [{ code: "cordoned" }] },
      ],
    });
    expect(fleet.explain("unknown")).toBeUndefined();
  });
});

describe("rebalancing", () => {
  const heavy = (at: number, on: string) =>
    aWorkload(`w${at}`, { running: [on], needs: { cpuMillis: 1_000, memoryMb: 1_024 } });
  const nodes = [aNode("a"), aNode("b")];
  const three = [heavy(1, "a"), heavy(2, "a"), heavy(3, "a")];

  it("is proposed as moves off the fullest node, with what each gains, and moves nothing", () => {
    const fleet = new Fleet(fleetOf(nodes, three));
    const moves = fleet.proposeRebalance();
    expect(moves).toMatchObject([{ node: "a", to: "b", gain: 0.25 }]);
    expect(fleet.proposeRebalance()).toEqual(moves);
    expect(fleet.plan().placed).toEqual([]);
  });

  it("leaves a companion where others have to be with it", () => {
    const follower = aWorkload("follower", {
      running: ["a"],
      needs: { cpuMillis: 1, memoryMb: 1 },
      affinities: [{ kind: "with", group: "w1", isHard: true }],
    });
    const [first] = three;
    if (!first) throw new Error("no workload");
    const fleet = new Fleet(fleetOf(nodes, [first, heavy(2, "a"), follower]));
    expect(fleet.proposeRebalance().map(({ workload }) => workload)).toEqual(["w2"]);
  });
});
