import type { HaDesired } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import {
  type BrickMember,
  type BrickView,
  type InstanceAction,
  type InstanceNode,
  planInstances,
  readiness,
} from "./plan-instances.ts";

const node = (name: string, change: Partial<InstanceNode> = {}): InstanceNode => ({
  name,
  liveness: "alive",
  isCordoned: false,
  isDraining: false,
  isBlocked: false,
  restartedAtMs: [],
  others: new Set(),
  ...change,
});

const member = (on: string, change: Partial<BrickMember> = {}): BrickMember => ({
  id: `on-${on}`,
  node: on,
  phase: "ready",
  isStopping: false,
  isOutdated: false,
  ...change,
});

const STARTED: HaDesired = { kind: "started" };

const view = (
  nodes: readonly InstanceNode[],
  members: readonly BrickMember[],
  desired: HaDesired = STARTED,
): BrickView => ({
  spec: {
    name: "gateway",
    topology: { kind: "flex", min: 1, target: 2, max: 3 },
    affinities: [],
    monitor: { restarts: { count: 2, withinMs: 10_000 }, action: "switch", blockForMs: 5_000 },
  },
  desired,
  first: "n1",
  nodes,
  members,
  nowMs: 60_000,
});

/** `start n1`, `stop n2`. */
const planned = (of: BrickView): string[] => planInstances(of).map(wordsOf);
const wordsOf = (action: InstanceAction): string =>
  `${action.kind} ${action.kind === "stop" ? action.member.node : action.node}`;

const THREE = [node("n1"), node("n2"), node("n3")];
const cordoned = { isCordoned: true };
const draining = { isCordoned: true, isDraining: true };

describe("where the instances of a brick are", () => {
  it("is on the only node, and on a second one as soon as there is one", () => {
    expect(planned(view([node("n1")], []))).toEqual(["start n1"]);
    expect(planned(view([node("n1")], [member("n1")]))).toEqual([]);
    expect(planned(view([node("n1"), node("n2")], [member("n1")]))).toEqual(["start n2"]);
    expect(planned(view(THREE, []))).toEqual(["start n1", "start n2"]);
    expect(planned(view(THREE, [member("n1"), member("n3")]))).toEqual([]);
  });

  it("is elsewhere when a machine is lost, not while it is silent for a moment", () => {
    const members = [member("n1"), member("n2")];
    const silent = (liveness: InstanceNode["liveness"]) => [
      node("n1"),
      node("n2", { liveness }),
      node("n3"),
    ];
    expect(planned(view(silent("suspected"), members))).toEqual([]);
    expect(planned(view(silent("lost"), members))).toEqual(["start n3"]);
    expect(
      planned(view(silent("lost"), [...members, member("n3", { phase: "starting" })])),
    ).toEqual([]);
  });

  it("keeps what is on a lost machine while nobody else can take its place", () => {
    const nodes = [node("n1"), node("n2", { liveness: "lost" })];
    expect(planned(view(nodes, [member("n1"), member("n2")]))).toEqual([]);
  });

  it("stays where it is while an instance is unready for a moment", () => {
    const members = [member("n1"), member("n3", { phase: "unready" })];
    expect(planned(view(THREE, members))).toEqual([]);
  });

  it("stays on a cordoned node, and is started on none", () => {
    const nodes = [node("n1"), node("n2", cordoned), node("n3")];
    expect(planned(view(nodes, [member("n1"), member("n2")]))).toEqual([]);
    expect(planned(view(nodes, [member("n1")]))).toEqual(["start n3"]);
  });

  it("leaves a drained node once its replacement is ready, and not before", () => {
    const nodes = [node("n1"), node("n2", draining), node("n3")];
    const members = [member("n1"), member("n2")];
    expect(planned(view(nodes, members))).toEqual(["start n3"]);
    expect(planned(view(nodes, [...members, member("n3", { phase: "starting" })]))).toEqual([]);
    expect(planned(view(nodes, [...members, member("n3")]))).toEqual(["stop n2"]);
  });

  it("leaves a drained node though nobody can take its place, as long as one is ready, and a cordoned one not", () => {
    const members = [member("n1"), member("n2")];
    expect(planned(view([node("n1"), node("n2", draining)], members))).toEqual(["stop n2"]);
    expect(planned(view([node("n1"), node("n2", cordoned)], members))).toEqual([]);
    const unready = [member("n1", { phase: "unready" }), member("n2")];
    expect(planned(view([node("n1"), node("n2", draining)], unready))).toEqual([]);
  });

  it("is on the first node again when that can run it, at the cost of another once it is ready", () => {
    const members = [member("n2"), member("n3")];
    expect(planned(view(THREE, members))).toEqual(["start n1"]);
    expect(planned(view(THREE, [...members, member("n1", { phase: "starting" })]))).toEqual([]);
    expect(planned(view(THREE, [...members, member("n1")]))).toEqual(["stop n3"]);
  });

  it("starts nothing on a node that has not taken leave of the one before", () => {
    expect(planned(view([node("n1")], [member("n1", { isStopping: true })]))).toEqual([]);
  });
});

describe("an instance that its agent gave up", () => {
  const failed = [member("n1"), member("n2", { phase: "failed" })];

  it("is started anew a few times, and then the node is left out for a while", () => {
    expect(planInstances(view(THREE, failed))).toMatchObject([{ kind: "stop", isFailed: true }]);
    const tried = [node("n1"), node("n2", { restartedAtMs: [55_000, 58_000] }), node("n3")];
    expect(planned(view(tried, failed))).toEqual(["block n2"]);
    const blocked = [node("n1"), node("n2", { isBlocked: true }), node("n3")];
    expect(planned(view(blocked, failed))).toEqual(["stop n2", "start n3"]);
  });
});

describe("an outdated instance", () => {
  it("is replaced, on one node at a time", () => {
    const both = [member("n1", { isOutdated: true }), member("n2", { isOutdated: true })];
    const [one] = both;
    expect(planned(view([node("n1")], one ? [one] : []))).toEqual(["stop n1"]);
    expect(planned(view(THREE, both))).toEqual(["stop n1"]);
    const [, other] = both;
    const rest = other ? [other] : [];
    expect(planned(view(THREE, [member("n1", { isStopping: true }), ...rest]))).toEqual([]);
    expect(planned(view(THREE, [member("n1", { phase: "starting" }), ...rest]))).toEqual([]);
    expect(planned(view(THREE, [member("n1"), ...rest]))).toEqual(["stop n2"]);
  });

  it("is replaced at once where it serves nobody", () => {
    const broken = member("n2", { phase: "backing-off", isOutdated: true });
    expect(planned(view(THREE, [member("n1", { isOutdated: true }), broken]))).toEqual(["stop n2"]);
  });

  it("is left alone while the brick is frozen", () => {
    const old = [member("n1", { isOutdated: true })];
    expect(planned(view([node("n1")], old, { kind: "frozen" }))).toEqual([]);
  });
});

describe("what operators want", () => {
  it("stopped: stops all of them, those that never were ready too", () => {
    const members = [member("n1"), member("n2", { phase: "backing-off" })];
    expect(planned(view(THREE, members, { kind: "stopped" }))).toEqual(["stop n1", "stop n2"]);
  });

  it("frozen: starts none and stops none", () => {
    expect(planned(view(THREE, [], { kind: "frozen" }))).toEqual([]);
    expect(
      planned(
        view(
          THREE,
          THREE.map(({ name }) => member(name)),
          { kind: "frozen" },
        ),
      ),
    ).toEqual([]);
  });
});

it("is well when as many are ready as there should be and can be", () => {
  const { wanted, ready } = readiness(
    view(THREE, [member("n1"), member("n2", { phase: "starting" })]),
  );
  expect([wanted, ready]).toEqual([2, ["n1"]]);
  expect(readiness(view([node("n1")], [])).wanted).toBe(1);
  const lost = [node("n1"), node("n2", { liveness: "lost" })];
  expect(readiness(view(lost, [member("n1"), member("n2")]))).toEqual({ wanted: 1, ready: ["n1"] });
  expect(readiness(view(THREE, [], { kind: "stopped" })).wanted).toBe(0);
});
