import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AffinitySpec, Desired, ResourceState } from "../services/service.ts";
import type { Observation } from "./observation.ts";
import { flex, leaving, MINE, node, seen, STARTED, UP } from "./observation.fixture.ts";
import { plan } from "./plan.ts";

describe("purged", () => {
  const PURGED: Desired = { kind: "stopped", purge: true };

  test("removes what is left only when nothing of it runs, and once", () => {
    const up = { lease: MINE, resources: UP, epoch: 7, hasRemains: true };
    expect(plan(seen(up), PURGED)).toEqual([{ kind: "stop", resource: "app" }]);
    const ending: Record<string, ResourceState> = { disk: "stopped", app: "stopping" };
    expect(plan(seen({ ...up, resources: ending }), PURGED)).toEqual([]);
    const down: Record<string, ResourceState> = { disk: "stopped", app: "stopped" };
    expect(plan(seen({ ...up, resources: down }), PURGED)).toEqual([{ kind: "purge" }]);
    expect(plan(seen({ resources: down, hasRemains: true }), PURGED)).toEqual([{ kind: "purge" }]);
    expect(plan(seen({ resources: down }), PURGED)).toEqual([]);
  });

  test("is what `stopped` alone never does", () => {
    expect(plan(seen({ hasRemains: true }), { kind: "stopped" })).toEqual([]);
  });
});

describe("started", () => {
  test("asks for the lease in turn and starts nothing before it has it", () => {
    expect(plan(seen(), STARTED)).toEqual([{ kind: "hold-lease" }]);
    expect(plan(seen({ self: "b" }), STARTED)).toEqual([]);
    expect(plan(seen({ self: "b", idleForMs: 1_000 }), STARTED)).toEqual([{ kind: "hold-lease" }]);
  });

  test("asks for nothing while another runs it, though that one does not reach the store", () => {
    const nodes = [node("a"), node("b", ["db"], false), node("c")];
    expect(plan(seen({ nodes, idleForMs: 0 }), STARTED)).toEqual([]);
  });

  test("starts resources in their order under the lease", () => {
    expect(plan(seen({ lease: MINE }), STARTED)).toEqual([
      { kind: "hold-lease" },
      { kind: "start", resource: "disk" },
    ]);
  });

  test("leaves alone what is right", () => {
    expect(plan(seen({ lease: MINE, resources: UP, epoch: 7 }), STARTED)).toEqual([
      { kind: "hold-lease" },
    ]);
  });

  test("goes on under a new epoch without a restart", () => {
    expect(plan(seen({ lease: MINE, resources: UP, epoch: 6 }), STARTED)).toEqual([
      { kind: "hold-lease" },
      { kind: "adopt", epoch: 7 },
    ]);
  });

  test("restarts what failed, and gives the service up when that happens too often", () => {
    const failed = { lease: MINE, epoch: 7, resources: { ...UP, app: "failed" } } as const;
    expect(plan(seen(failed), STARTED)).toContainEqual({ kind: "restart", resource: "app" });
    expect(plan(seen({ ...failed, restartedAtMs: [45_000, 49_000] }), STARTED)).toContainEqual({
      kind: "block",
      forMs: 5_000,
    });
    expect(plan(seen({ ...failed, restartedAtMs: [5_000, 49_000] }), STARTED)).toContainEqual({
      kind: "restart",
      resource: "app",
    });
  });

  test("is handed over by a node that leaves, once another is ready for it", () => {
    const here = { lease: MINE, resources: UP, epoch: 7 } as const;
    const alone = [leaving("a"), node("b", [], false), node("c", [], false)];
    expect(plan(seen({ ...here, nodes: alone }), STARTED)).toEqual([{ kind: "hold-lease" }]);
    const nodes = [leaving("a"), node("b"), node("c")];
    const stop = [{ kind: "stop", resource: "app" }];
    expect(plan(seen({ ...here, nodes }), STARTED)).toEqual(stop);
    expect(plan(seen({ ...here, nodes }), { kind: "placed", node: "a" })).toEqual(stop);
    expect(plan(seen({ ...here, nodes }), { kind: "frozen" })).toEqual([{ kind: "hold-lease" }]);
    expect(
      plan(seen({ nodes: [{ ...leaving("a"), runs: new Set() }, node("b", [], false)] }), STARTED),
    ).toEqual([]);
  });

  test("a flex service leaves a node only once its replacement runs", () => {
    const before = [leaving("a"), node("b", ["db"]), node("c")];
    const here = { resources: UP } as const;
    expect(plan(flex({ ...here, nodes: before }), STARTED)).toEqual([]);
    expect(plan(flex({ self: "c", nodes: before }), STARTED)).toEqual([
      { kind: "start", resource: "disk" },
    ]);
    const starting = [...before.slice(0, 2), node("c", ["db"], true, [])];
    expect(plan(flex({ ...here, nodes: starting }), STARTED)).toEqual([]);
    const after = [...before.slice(0, 2), node("c", ["db"])];
    expect(plan(flex({ ...here, nodes: after }), STARTED)).toEqual([
      { kind: "stop", resource: "app" },
    ]);
  });

  test("a flex service stays where it runs, though that node would not take it anew", () => {
    const nodes = [node("a", ["db"], false), node("b", ["db"]), node("c")];
    expect(plan(flex({ nodes, resources: UP }), STARTED)).toEqual([]);
    expect(plan(flex({ self: "c", nodes }), STARTED)).toEqual([]);
  });

  test("runs a flex service on as many nodes as wanted, those that run it first", () => {
    const nodes = [node("a"), node("b", ["db"]), node("c", ["db"])];
    expect(plan(flex({ nodes }), STARTED)).toEqual([]);
    const fewer = [node("a"), node("b", ["db"]), node("c", [], false)];
    expect(plan(flex({ nodes: fewer }), STARTED)).toEqual([{ kind: "start", resource: "disk" }]);
  });

  test("stops one too many of a flex service only while enough others run", () => {
    const all = [node("a", ["db"]), node("b", ["db"]), node("c", ["db"])];
    expect(plan(flex({ self: "c", nodes: all, resources: UP }), STARTED)).toEqual([
      { kind: "stop", resource: "app" },
    ]);
  });
});

describe("with affinities", () => {
  const apart = { kind: "apart", service: "cache", isHard: true } as const;
  const beside = { kind: "with", service: "cache", isHard: true } as const;
  const bound = (
    affinity: AffinitySpec,
    changes: Partial<Observation>,
    of: (changes: Partial<Observation>) => Observation = seen,
  ): Observation => {
    const { spec, ...others } = of(changes);
    return { ...others, spec: { ...spec, affinities: [affinity] } };
  };
  const nodes = [node("a", ["cache"]), node("b"), node("c", ["cache"])];
  const asks = [{ kind: "hold-lease" }];

  test("a node without what a service is with by force never asks for it, and nor does one with what it is apart from", () => {
    const idleForMs = 60_000;
    const takers = (affinity: AffinitySpec): string[] =>
      ["a", "b", "c"].filter(
        (self) => plan(bound(affinity, { self, nodes, idleForMs }), STARTED).length > 0,
      );
    expect(takers(beside)).toEqual(["a", "c"]);
    expect(takers(apart)).toEqual(["b"]);
  });

  test("the turn is of those alone that may take it", () => {
    expect(plan(bound(apart, { self: "b", nodes }), STARTED)).toEqual(asks);
    expect(plan(bound(beside, { self: "c", nodes, idleForMs: 999 }), STARTED)).toEqual([]);
    expect(plan(bound(beside, { self: "c", nodes, idleForMs: 1_000 }), STARTED)).toEqual(asks);
  });

  test("a soft one refuses nobody, and puts those that break it last", () => {
    const soft = { ...apart, isHard: false };
    expect(plan(bound(soft, { self: "b", nodes }), STARTED)).toEqual(asks);
    expect(plan(bound(soft, { self: "a", nodes, idleForMs: 999 }), STARTED)).toEqual([]);
    expect(plan(bound(soft, { self: "a", nodes, idleForMs: 1_000 }), STARTED)).toEqual(asks);
    expect(plan(bound(soft, { self: "c", nodes, idleForMs: 2_000 }), STARTED)).toEqual(asks);
  });

  test("a flex service starts where hard ones are kept alone, though fewer run then than are wanted", () => {
    const start = [{ kind: "start", resource: "disk" }];
    expect(plan(bound(apart, { self: "b", nodes }, flex), STARTED)).toEqual(start);
    expect(plan(bound(apart, { self: "a", nodes }, flex), STARTED)).toEqual([]);
  });

  test("a switch to a node that breaks a hard one is not followed: the service stays where it runs", () => {
    const placed: Desired = { kind: "placed", node: "a" };
    const running = [node("a", ["cache"]), node("b", ["db"]), node("c")];
    const here = { self: "b", nodes: running, lease: MINE, resources: UP, epoch: 7 } as const;
    expect(plan(bound(apart, here), placed)).toEqual(asks);
    expect(plan(bound(apart, { nodes: running }), placed)).toEqual([]);
    const stop = [{ kind: "stop", resource: "app" }];
    expect(plan(bound({ ...apart, isHard: false }, here), placed)).toEqual(stop);
  });

  test("a failover service stays where it runs though another comes there; a flex service moves", () => {
    const together = [node("a", ["cache", "db"]), node("b", ["db"]), node("c")];
    const here = { nodes: together, lease: MINE, resources: UP, epoch: 7 };
    expect(plan(bound(apart, here), STARTED)).toEqual(asks);
    const { lease: _, ...flexHere } = here;
    expect(plan(bound(apart, flexHere, flex), STARTED)).toEqual([]);
    const replaced = [...together.slice(0, 2), node("c", ["db"])];
    expect(plan(bound(apart, { ...flexHere, nodes: replaced }, flex), STARTED)).toEqual([
      { kind: "stop", resource: "app" },
    ]);
  });
});

describe("the other desired states", () => {
  test("placed: a flex service has one of its instances there, and gives another up once that runs", () => {
    const placed: Desired = { kind: "placed", node: "a" };
    const before = [node("a"), node("b", ["db"]), node("c", ["db"])];
    expect(plan(flex({ nodes: before }), placed)).toEqual([{ kind: "start", resource: "disk" }]);
    expect(plan(flex({ self: "c", nodes: before, resources: UP }), placed)).toEqual([]);
    const after = [node("a", ["db"]), node("b", ["db"]), node("c", ["db"])];
    expect(plan(flex({ self: "c", nodes: after, resources: UP }), placed)).toEqual([
      { kind: "stop", resource: "app" },
    ]);
  });

  test("placed: hands the service over only to a node that is ready for it", () => {
    const here = { lease: MINE, resources: UP, epoch: 7 };
    const placed: Desired = { kind: "placed", node: "b" };
    expect(plan(seen(here), placed)).toEqual([{ kind: "stop", resource: "app" }]);
    const nodes = [node("a", ["db"]), node("b", [], false), node("c")];
    expect(plan(seen({ ...here, nodes }), placed)).toEqual([{ kind: "hold-lease" }]);
  });

  test("stopped: stops in reverse order", () => {
    const half = { ...UP, app: "stopped" } as const;
    const stopped: Desired = { kind: "stopped" };
    expect(plan(seen({ lease: MINE, resources: UP }), stopped)).toEqual([
      { kind: "stop", resource: "app" },
    ]);
    expect(plan(seen({ lease: MINE, resources: half }), stopped)).toEqual([
      { kind: "stop", resource: "disk" },
    ]);
  });

  test("frozen: neither starts nor stops, and keeps the lease", () => {
    const frozen: Desired = { kind: "frozen" };
    expect(plan(seen({ lease: MINE, resources: UP, epoch: 6 }), frozen)).toEqual([
      { kind: "hold-lease" },
    ]);
    expect(plan(seen({ idleForMs: 60_000 }), frozen)).toEqual([]);
  });
});

test("never starts or keeps a failover service without its lease, whatever is desired", () => {
  const state = fc.constantFrom<ResourceState>(
    "stopped",
    "starting",
    "started",
    "stopping",
    "failed",
  );
  const desired = fc.constantFrom<Desired | undefined>(
    undefined,
    STARTED,
    { kind: "placed", node: "a" },
    { kind: "placed", node: "b" },
    { kind: "stopped" },
    { kind: "frozen" },
  );
  fc.assert(
    fc.property(state, state, desired, fc.nat(9_000), (one, other, want, idleForMs) => {
      const actions = plan(seen({ resources: { disk: one, app: other }, idleForMs }), want);
      const kinds = new Set(actions.map(({ kind }) => kind));
      for (const kind of ["start", "restart", "adopt"] as const)
        expect(kinds.has(kind)).toBe(false);
      expect(other !== "started" || kinds.has("stop")).toBe(true);
    }),
  );
});
