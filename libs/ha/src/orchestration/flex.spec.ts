import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Desired, FlexTopology, ResourceState } from "../services/service.ts";
import { flex, leaving, node, STARTED, UP } from "./observation.fixture.ts";
import type { NodeView } from "./observation.ts";
import { plan } from "./plan.ts";

const START = [{ kind: "start", resource: "disk" }];
const STOP = [{ kind: "stop", resource: "app" }];
const onC: Desired = { kind: "placed", node: "c" };

/** What a node does of whose service all runs or nothing, as the nodes' views say. */
function done(nodes: readonly NodeView[], bounds: Partial<FlexTopology>, desired: Desired) {
  return (self: string) => {
    const isUp = nodes.some(({ id, runs }) => id === self && runs.has("db"));
    return plan(flex({ self, nodes, resources: isUp ? UP : {} }, bounds), desired);
  };
}

describe("a move that the maximum leaves room for", () => {
  test("starts the new one first", () => {
    const on = done([node("a", ["db"]), node("b", ["db"]), node("c")], { max: 3 }, onC);
    expect(["a", "b", "c"].map(on)).toEqual([[], [], START]);
  });
});

describe("a move that the maximum leaves no room for", () => {
  const full = { min: 1, target: 2, max: 2 };

  test("stops the least wanted one first, and then starts the new one", () => {
    const before = done([node("a", ["db"]), node("b", ["db"]), node("c")], full, onC);
    expect(["a", "b", "c"].map(before)).toEqual([[], STOP, []]);
    const after = done([node("a", ["db"]), node("b"), node("c")], full, onC);
    expect(["a", "b", "c"].map(after)).toEqual([[], [], START]);
  });

  test("waits while a stop would leave fewer than the minimum, and one is starting", () => {
    const starting = [node("a", ["db"], true, []), node("b", ["db"]), node("c")];
    const on = done(starting, full, onC);
    expect(["b", "c"].map(on)).toEqual([[], []]);
    const alone = done(starting, { ...full, min: 0 }, onC);
    expect(alone("b")).toEqual(STOP);
  });

  test("goes below the minimum where nobody can be started first", () => {
    const one = { min: 1, target: 1, max: 1 };
    const on = done([node("a", ["db"]), node("b"), node("c")], one, onC);
    expect(["a", "b", "c"].map(on)).toEqual([STOP, [], []]);
  });

  test("stops what serves nobody before what does", () => {
    const nodes = [leaving("a"), { ...leaving("b"), serves: new Set<string>() }, node("c")];
    const on = done(nodes, full, STARTED);
    expect(["a", "b", "c"].map(on)).toEqual([[], STOP, []]);
  });
});

test("of two that leave at once as many are replaced at a time as the maximum has room for", () => {
  const nodes = [leaving("a"), leaving("b"), node("c"), node("d")];
  const flexOnFour = (bounds: Partial<FlexTopology>) => (self: string) => {
    const of = flex({ self, nodes, resources: "ab".includes(self) ? UP : {} }, bounds);
    const spec = { ...of.spec, candidates: ["a", "b", "c", "d"] };
    return plan({ ...of, spec }, STARTED);
  };
  expect(["a", "b", "c", "d"].map(flexOnFour({ max: 3 }))).toEqual([[], [], START, []]);
  expect(["a", "b", "c", "d"].map(flexOnFour({ max: 4 }))).toEqual([[], [], START, START]);
});

test("what is frozen is neither moved nor made room for, and a thaw takes nothing down", () => {
  const full = { min: 1, target: 2, max: 2 };
  const nodes = [node("a", ["db"]), node("b", ["db"]), node("c")];
  expect(["a", "b", "c"].map(done(nodes, full, { kind: "frozen" }))).toEqual([[], [], []]);
  expect(["a", "b", "c"].map(done(nodes, full, STARTED))).toEqual([[], [], []]);
});

type State = "down" | "starting" | "serving";

/** Nodes that all see the same, until nothing is left to do: each round does what all of them decided. */
function carriedOut(
  states: Record<string, State>,
  views: (states: Readonly<Record<string, State>>) => readonly NodeView[],
  bounds: FlexTopology,
  desired: Desired,
  seenAfter: (states: Readonly<Record<string, State>>) => void,
): number {
  for (let round = 1; round <= 40; round += 1) {
    const nodes = views(states);
    const changes: Record<string, State> = {};
    for (const [self, state] of Object.entries(states)) {
      const is: ResourceState =
        state === "down" ? "stopped" : state === "serving" ? "started" : "starting";
      const of = flex({ self, nodes, resources: { disk: is, app: is } }, bounds);
      const spec = { ...of.spec, candidates: Object.keys(states) };
      const kinds = new Set(plan({ ...of, spec }, desired).map(({ kind }) => kind));
      if (kinds.has("start")) changes[self] = "starting";
      else if (kinds.has("stop")) changes[self] = "down";
      else if (state === "starting") changes[self] = "serving";
    }
    if (Object.keys(changes).length === 0) return round;
    Object.assign(states, changes);
    seenAfter(states);
  }
  return Number.POSITIVE_INFINITY;
}

const ids = ["a", "b", "c", "d", "e"];
const bounds = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.nat(2), fc.nat(2))
  .map(([min, more, most]): FlexTopology => ({
    kind: "flex",
    min,
    target: min + more,
    max: min + more + most,
  }));

test("of nodes that see the same no more than the maximum run, and no fewer serve than the minimum by their doing", () => {
  const states = fc.array(fc.constantFrom<State>("down", "serving"), {
    minLength: 5,
    maxLength: 5,
  });
  const leavers = fc.subarray(ids, { maxLength: 3 });
  const desired = fc.constantFrom<Desired>(
    STARTED,
    ...ids.map((id): Desired => ({ kind: "placed", node: id })),
  );
  fc.assert(
    fc.property(states, leavers, bounds, desired, (begin, gone, of, want) => {
      const now = Object.fromEntries(ids.map((id, at) => [id, begin[at] ?? "down"]));
      const count = (are: readonly State[]): number =>
        Object.values(now).filter((state) => are.includes(state)).length;
      const views = () =>
        ids.map((id): NodeView => {
          const state = now[id] ?? "down";
          const isLeaving = gone.includes(id);
          const runs = state === "down" ? [] : ["db"];
          return {
            ...node(id, runs, !isLeaving, state === "serving" ? runs : []),
            isLeaving,
          };
        });
      const most = Math.max(of.max, count(["serving"]));
      const least = of.max === of.min ? 0 : Math.min(of.min, count(["serving"]));
      const rounds = carriedOut(now, views, of, want, () => {
        expect(count(["serving", "starting"])).toBeLessThanOrEqual(most);
        expect(count(["serving"])).toBeGreaterThanOrEqual(least);
      });
      expect(rounds).toBeLessThan(40);
      const able = ids.length - gone.length;
      expect(count(["serving"])).toBeGreaterThanOrEqual(Math.min(of.target, able));
    }),
    { seed: 6_005, numRuns: 1_000 },
  );
});
