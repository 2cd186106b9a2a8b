import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appRoute } from "../../routes/domain/app-route.ts";
import { plan } from "./plan.ts";
import { Simulation } from "./simulation.fixture.ts";

/** An app whose first deployment succeeded. */
function serving(): Simulation {
  const simulation = new Simulation();
  simulation.deploy();
  simulation.settle();
  return simulation;
}

const event = fc.oneof(
  ...(
    [
      ["deploy", () => fc.constant((s: Simulation) => void s.deploy())],
      [
        "deploy in steps",
        () =>
          fc.constant(
            (s: Simulation) =>
              void s.deploy({
                strategy: { steps: [10, 50, 100], stepMs: 1_000, drainMs: 5_000 },
              }),
          ),
      ],
      ["scale", () => fc.nat(3).map((n) => (s: Simulation) => s.scale(n))],
      ["built", () => fc.constant((s: Simulation) => s.patch({ build: { state: "succeeded" } }))],
      [
        "not built",
        () =>
          fc.constant((s: Simulation) =>
            s.patch({
              build: {
                state: "failed",
                failure: { code: "build-failed", message: "no", lastLogs: [] },
              },
            }),
          ),
      ],
      ["ready", () => fc.nat(9).map((n) => (s: Simulation) => s.ready(n))],
      [
        "unready",
        () => fc.nat(9).map((n) => (s: Simulation) => s.observe(n, { phase: "unready" })),
      ],
      ["crash", () => fc.nat(9).map((n) => (s: Simulation) => s.crash(n))],
      ["cancel", () => fc.constant((s: Simulation) => s.patch({ cancelRequested: true }))],
      ["gateway", () => fc.constant((s: Simulation) => s.gatewayApplies())],
      ["quiet", () => fc.constant((s: Simulation) => s.requestsEnd())],
      ["restart", () => fc.constant((s: Simulation) => s.restart())],
      [
        "time",
        () => fc.integer({ min: 1, max: 70_000 }).map((ms) => (s: Simulation) => s.passTime(ms)),
      ],
      [
        "node",
        () =>
          // One node is always well: with none, placement has no answer, and nothing is started.
          fc.tuple(fc.nat(1), fc.constantFrom("well", "suspected", "lost", "leaving")).map(
            ([node, condition]) =>
              (s: Simulation) =>
                s.nodeIs(node, condition),
          ),
      ],
      ["reconcile", () => fc.constant((s: Simulation) => s.reconcile())],
    ] as const
  ).map(([name, make]) => make().map((run) => ({ name, run }))),
);
const history = fc.array(event, { maxLength: 60 });

function play(simulation: Simulation, events: readonly { run: (s: Simulation) => void }[]): void {
  for (const { run } of events) {
    run(simulation);
    simulation.reconcile();
  }
}

describe("plan", () => {
  it("never stops an instance that a gateway still uses, whatever happens", () => {
    // The simulation throws when it is told to.
    const check = fc.check(
      fc.property(history, (events) => play(serving(), events)),
      { numRuns: 500 },
    );
    expect(check.errorInstance).toBeNull();
  });

  it("comes to rest from any history, with what is wanted running and nothing else", () => {
    fc.assert(
      fc.property(history, (events) => {
        const simulation = serving();
        play(simulation, events);
        simulation.settle();
        const { members, current, deployment } = simulation.world;
        expect(deployment).toBeUndefined();
        const counts = Object.entries(current?.wanted ?? {}).map(([process, { count }]) => [
          members.filter((member) => member.process === process).length,
          count,
        ]);
        for (const [running, count] of counts) expect(running).toBe(count);
        expect(
          members.every((member) => member.generation === current?.id && !member.draining),
        ).toBe(true);
        expect(plan(simulation.rollout())).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("leaves what serves untouched when the deployment fails or is cancelled", () => {
    fc.assert(
      fc.property(history, (events) => {
        const simulation = serving();
        for (const { run } of events) {
          run(simulation);
          const before = simulation.world.current;
          // What a scale deployment has just added belongs to the same generation, but never served.
          const deployment = simulation.world.deployment?.id ?? "~";
          const served = () => ids(simulation, before?.id).filter((id) => id < deployment);
          const kept = served();
          const ended = simulation.outcomes.length;
          simulation.reconcile();
          const outcome = simulation.outcomes[ended]?.outcome;
          if (outcome !== "failed" && outcome !== "cancelled") continue;
          expect(simulation.world.current).toBe(before);
          const isHealthy = simulation.world.members.every(
            ({ observed }) => observed?.phase === "ready",
          );
          expect(isHealthy ? served() : kept).toEqual(kept);
        }
      }),
    );
  });

  it("keeps a route to a living instance through deployments that nothing disturbs", () => {
    const disturbs = new Set(["crash", "unready", "scale"]);
    const peaceful = fc.array(
      event.filter(({ name }) => !disturbs.has(name)),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(peaceful, (events) => {
        const simulation = serving();
        for (const { run } of events) {
          run(simulation);
          simulation.reconcile();
          const used = simulation.applied?.upstreams ?? [];
          expect(used.length).toBeGreaterThan(0);
          expect(used.filter(({ instance }) => !simulation.alive.has(instance))).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("does not count on acknowledgements from before a restart", () => {
    const simulation = serving();
    simulation.deploy();
    simulation.reconcile();
    simulation.patch({ build: { state: "succeeded" } });
    simulation.reconcile();
    simulation.world.members.forEach((_, at) => simulation.ready(at));
    simulation.restart();
    simulation.reconcile();
    expect(simulation.world.deployment?.phase).toBe("switching");
    simulation.gatewayApplies();
    simulation.reconcile();
    expect(simulation.world.deployment?.phase).toBe("draining");
  });

  it("waits for the old instances' last requests, but not longer than the drain limit", () => {
    const simulation = serving();
    const old = ids(simulation, simulation.world.current?.id);
    simulation.deploy();
    simulation.reconcile();
    simulation.patch({ build: { state: "succeeded" } });
    simulation.reconcile();
    simulation.world.members.forEach((_, at) => simulation.ready(at));
    simulation.reconcile();
    simulation.gatewayApplies();
    simulation.reconcile();
    simulation.gatewayApplies();
    simulation.reconcile();
    expect(old.some((id) => simulation.alive.has(id))).toBe(true);
    expect(simulation.world.deployment?.phase).toBe("draining");
    simulation.passTime(10_000);
    simulation.reconcile();
    expect(old.some((id) => simulation.alive.has(id))).toBe(false);
    expect(simulation.outcomes.at(-1)?.outcome).toBe("succeeded");
  });

  it("fails at the first crash of a new instance and says how it ended, with its last log lines", () => {
    const simulation = serving();
    simulation.deploy();
    simulation.reconcile();
    simulation.patch({ build: { state: "succeeded" } });
    simulation.reconcile();
    const at = simulation.world.members.findIndex(({ observed }) => observed === undefined);
    simulation.observe(at, {
      phase: "backing-off",
      restarts: 1,
      lastExit: { code: 3, at: new Date(0).toISOString() },
      lastLogs: ["no such module"],
    });
    simulation.reconcile();
    expect(simulation.outcomes.at(-1)).toMatchObject({
      outcome: "failed",
      failure: {
        code: "instance-crashed",
        message: expect.stringContaining("It ended with code 3."),
        lastLogs: ["no such module"],
      },
    });
  });

  it("fails when a new instance breaks its promise for the whole start timeout, and names the promise", () => {
    const simulation = serving();
    simulation.deploy();
    simulation.reconcile();
    simulation.patch({ build: { state: "succeeded" } });
    simulation.reconcile();
    const at = simulation.world.members.findIndex(({ observed }) => observed === undefined);
    simulation.observe(at, {
      startedAt: new Date(simulation.world.nowMs).toISOString(),
      promises: [{ name: "http /health", kept: false, message: "answered 500" }],
    });
    simulation.passTime(60_001);
    simulation.reconcile();
    expect(simulation.outcomes.at(-1)?.failure).toMatchObject({
      code: "promise-not-kept",
      message: expect.stringContaining("http /health: answered 500"),
    });
  });

  it("gives the new release its share step by step, each after the gateway has the one before", () => {
    const simulation = serving();
    simulation.deploy({ strategy: { steps: [10, 100], stepMs: 5_000, drainMs: 0 } });
    simulation.reconcile();
    simulation.patch({ build: { state: "succeeded" } });
    simulation.reconcile();
    simulation.world.members.forEach((_, at) => simulation.ready(at));
    simulation.reconcile();
    simulation.passTime(5_000);
    simulation.reconcile();
    expect(simulation.world.deployment?.step).toBe(0);
    simulation.gatewayApplies();
    const weights = simulation.applied?.upstreams.map(({ weight }) => weight);
    expect(weights).toEqual([4_500, 4_500, 500, 500]);
    simulation.reconcile();
    expect(simulation.world.deployment?.step).toBe(1);
  });
});

const ids = (simulation: Simulation, generation: string | undefined): string[] =>
  simulation.world.members
    .filter((member) => member.generation === generation && !member.draining)
    .map(({ id }) => id);

/** What the app's own rule keeps of one process, by node. */
const serversOn = (simulation: Simulation, node: number): number =>
  simulation.onNode(node).filter(({ process, draining }) => process === "web" && !draining).length;

describe("a node that is lost", () => {
  it("has its instances started elsewhere, and is told nothing while nobody can reach it", () => {
    const simulation = serving();
    simulation.nodeIs(0, "lost");
    simulation.reconcile();
    expect(serversOn(simulation, 0)).toBe(2);
    expect(serversOn(simulation, 1)).toBe(2);
    simulation.world.members.forEach((_, at) => simulation.ready(at));
    simulation.reconcile();
    const routed = appRoute(simulation.rollout(), { host: "h", owner: "o" })?.upstreams;
    const used = routed?.filter(({ weight }) => weight > 0).map(({ instance }) => instance);
    expect(used?.toSorted()).toEqual(
      simulation
        .onNode(1)
        .filter(({ process }) => process === "web")
        .map(({ id }) => id),
    );
  });

  it("keeps its instances when it is back with them ready: those that took their place leave", () => {
    const simulation = serving();
    const before = simulation.onNode(0).map(({ id }) => id);
    simulation.nodeIs(0, "lost");
    simulation.reconcile();
    simulation.world.members.forEach((_, at) => simulation.ready(at));
    simulation.nodeIs(0, "well");
    simulation.settle();
    expect(simulation.world.members.map(({ id }) => id)).toEqual(before);
  });

  it("does not fail a deployment whose instances were on it", () => {
    const simulation = serving();
    simulation.deploy();
    simulation.patch({ build: { state: "succeeded" } });
    simulation.reconcile();
    const [started] = simulation.onNode(0).toReversed();
    simulation.crash(simulation.world.members.findIndex(({ id }) => id === started?.id));
    simulation.nodeIs(0, "lost");
    for (let round = 0; round < 3; round++) {
      simulation.reconcile();
      simulation.world.members.forEach((_, at) => simulation.ready(at));
      simulation.gatewayApplies();
    }
    expect(simulation.world.deployment).toMatchObject({ phase: "draining" });
  });
});

describe("a node that is drained", () => {
  it("keeps its instances until as many are ready elsewhere, and gives them up only then", () => {
    const simulation = serving();
    simulation.nodeIs(0, "leaving");
    simulation.reconcile();
    expect([serversOn(simulation, 0), serversOn(simulation, 1)]).toEqual([2, 2]);
    const arriving = simulation.world.members.findIndex(
      ({ id, process }) => process === "web" && simulation.onNode(1).some((one) => one.id === id),
    );
    simulation.ready(arriving);
    simulation.reconcile();
    expect(serversOn(simulation, 0)).toBe(1);
    simulation.settle();
  });

  it("ends with nothing on it and what is wanted elsewhere", () => {
    const simulation = serving();
    simulation.nodeIs(0, "well");
    simulation.nodeIs(1, "leaving");
    simulation.scale(3);
    simulation.settle();
    expect(simulation.onNode(1)).toEqual([]);
  });
});
