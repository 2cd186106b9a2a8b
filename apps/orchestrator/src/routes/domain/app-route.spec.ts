import { describe, expect, it } from "vitest";
import type {
  ActiveDeployment,
  Generation,
  Member,
  Observed,
} from "../../deployments/domain/rollout.ts";
import { appRoute, type Routable } from "./app-route.ts";

const NAME = { host: "shop.localhost", owner: "acme/web/shop/production" };

const generation = (id: string, count = 1, isPublic = true): Generation => ({
  id,
  release: `release ${id}`,
  wanted: { web: { count, isPublic, startTimeoutMs: 1_000 } },
});

const member = (
  id: string,
  of: string,
  phase: Observed["phase"] = "ready",
  change = {},
): Member => ({
  id,
  generation: of,
  process: "web",
  isPublic: true,
  createdAtMs: 0,
  knownSinceMs: 0,
  observed: { phase, address: { host: "127.0.0.1", port: 20_000 }, restarts: 0, promises: [] },
  ...change,
});

const switching = (arriving: Generation, percent: number): ActiveDeployment => ({
  id: arriving.id,
  kind: "source",
  phase: "switching",
  createdAtMs: 0,
  step: 0,
  stepSinceMs: 0,
  strategy: { steps: [percent], stepMs: 0, drainMs: 0 },
  cancelRequested: false,
  generation: arriving,
});

const weights = (rollout: Partial<Routable>): Record<string, number> | undefined => {
  const route = appRoute({ nowMs: 0, members: [], ...rollout }, NAME);
  return (
    route && Object.fromEntries(route.upstreams.map(({ instance, weight }) => [instance, weight]))
  );
};

describe("appRoute", () => {
  it("has none for what was never deployed, nor for what does not listen", () => {
    expect(weights({})).toBeUndefined();
    expect(weights({ current: generation("a", 1, false) })).toBeUndefined();
  });

  it("holds the ready instances of what serves, and none that drains", () => {
    const draining = { draining: { sinceMs: 0, limitMs: 1 } };
    const members = [
      member("1", "a"),
      member("2", "a", "starting"),
      member("3", "a", "ready", draining),
    ];
    expect(weights({ current: generation("a"), members })).toEqual({ 1: 10_000 });
  });

  it("gives each generation its share, split among its instances", () => {
    const members = [member("1", "a"), member("2", "a"), member("3", "b")];
    const rollout = {
      current: generation("a"),
      deployment: switching(generation("b"), 20),
      members,
    };
    expect(weights(rollout)).toEqual({ 1: 4_000, 2: 4_000, 3: 2_000 });
  });

  it("leaves what is replaced out at the last step, unless what replaces it cannot answer", () => {
    const rollout = { current: generation("a"), deployment: switching(generation("b"), 100) };
    const old = member("1", "a");
    expect(weights({ ...rollout, members: [old, member("2", "b")] })).toEqual({ 2: 10_000 });
    expect(weights({ ...rollout, members: [old, member("2", "b", "backing-off")] })).toEqual({
      1: 100,
    });
  });

  it("sends nothing to a new generation before it may serve", () => {
    const deployment = { ...switching(generation("b"), 100), phase: "starting" as const };
    const members = [member("1", "a"), member("2", "b")];
    expect(weights({ current: generation("a"), deployment, members })).toEqual({ 1: 10_000 });
  });

  it("falls back to instances that break a promise when none is ready", () => {
    const members = [member("1", "a", "unready"), member("2", "a", "unready")];
    expect(weights({ current: generation("a"), members })).toEqual({ 1: 5_000, 2: 5_000 });
    expect(weights({ current: generation("a"), members: [...members, member("3", "a")] })).toEqual({
      3: 10_000,
    });
  });

  it("says why there is nobody to answer", () => {
    const whenEmpty = (rollout: Partial<Routable>) =>
      appRoute({ nowMs: 0, members: [], ...rollout }, NAME)?.whenEmpty;
    expect(whenEmpty({ current: generation("a") })).toBe("starting");
    expect(whenEmpty({ current: generation("a", 0) })).toBe("stopped");
    expect(whenEmpty({ deployment: switching(generation("a"), 100) })).toBe("starting");
  });
});

describe("a route to instances on silent nodes", () => {
  const current = generation("a", 2);
  const upstreams = (...members: Member[]) =>
    appRoute({ nowMs: 0, current, members }, NAME)?.upstreams;

  it("gives them nothing while others are ready, and says that they are silent", () => {
    const members = [member("1", "a"), member("2", "a", "ready", { node: "suspected" })];
    expect(upstreams(...members)).toMatchObject([
      { instance: "1", weight: 10_000 },
      { instance: "2", weight: 0, silent: true },
    ]);
  });

  it("uses them when there is no other: they may be cut off from us and not from the gateways", () => {
    const lost = member("1", "a", "ready", { node: "lost" });
    expect(upstreams(lost)).toEqual([
      { instance: "1", host: "127.0.0.1", port: 20_000, weight: 10_000 },
    ]);
  });

  it("goes on using those on a node that is being drained", () => {
    expect(upstreams(member("1", "a", "ready", { node: "leaving" }))).toMatchObject([
      { instance: "1", weight: 10_000 },
    ]);
  });

  it("leads to those on another machine through its node's door", () => {
    const door = { node: "n2", host: "192.0.2.7", port: 7_443 };
    expect(upstreams(member("1", "a", "ready", { door }))).toEqual([
      { instance: "1", ...door, inside: { host: "127.0.0.1", port: 20_000 }, weight: 10_000 },
    ]);
  });
});
