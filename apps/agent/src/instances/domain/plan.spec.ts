import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_CRASHES, STORM_MESSAGE } from "./crashes.ts";
import {
  type Desired,
  type InstanceState,
  type LivingRun,
  planInstance,
  type Verdict,
} from "./plan.ts";

const idle: InstanceState = {
  desired: "running",
  isPrepared: true,
  run: undefined,
  crashes: NO_CRASHES,
  notBeforeMs: 0,
  hasFailed: false,
  startTimeoutMs: 60_000,
};
const run: LivingRun = { startedAtMs: 1000, wasReady: true, verdict: "kept" };

const anyRun: fc.Arbitrary<LivingRun | undefined> = fc.option(
  fc.record({
    startedAtMs: fc.nat(1e6),
    wasReady: fc.boolean(),
    verdict: fc.constantFrom<Verdict>("pending", "kept", "broken", "beyond-repair"),
  }),
  { nil: undefined },
);
const anyState: fc.Arbitrary<InstanceState> = fc.record({
  desired: fc.constantFrom<Desired>("running", "stopped", "removed", "held"),
  isPrepared: fc.boolean(),
  run: anyRun,
  crashes: fc.record({
    total: fc.nat(100),
    inARow: fc.nat(100),
    recentMs: fc.array(fc.nat(1e6), { maxLength: 10 }),
  }),
  notBeforeMs: fc.nat(1e6),
  hasFailed: fc.boolean(),
  startTimeoutMs: fc.integer({ min: 1, max: 600_000 }),
});

describe("a plan for an instance", () => {
  it("prepares, then starts, what is to run and does not", () => {
    expect(planInstance({ ...idle, isPrepared: false }, 0)).toEqual({ type: "prepare" });
    expect(planInstance(idle, 0)).toEqual({ type: "start" });
  });

  it("waits out the delay after a crash", () => {
    expect(planInstance({ ...idle, notBeforeMs: 500 }, 499)).toEqual({
      type: "wait",
      untilMs: 500,
    });
    expect(planInstance({ ...idle, notBeforeMs: 500 }, 500)).toEqual({ type: "start" });
  });

  it("gives up after a storm of crashes, and stays so", () => {
    const crashes = { total: 10, inARow: 10, recentMs: Array.from({ length: 10 }, () => 1000) };
    expect(planInstance({ ...idle, crashes }, 2000)).toEqual({
      type: "fail",
      message: STORM_MESSAGE,
    });
    expect(planInstance({ ...idle, crashes, hasFailed: true }, 2000)).toEqual({ type: "wait" });
  });

  it("leaves a ready run alone, also while a promise is broken for a moment", () => {
    expect(planInstance({ ...idle, run }, 1e9)).toEqual({ type: "wait" });
    expect(planInstance({ ...idle, run: { ...run, verdict: "broken" } }, 1e9)).toEqual({
      type: "wait",
    });
  });

  it("repairs a run whose promises are beyond repair, or that is not ready in time", () => {
    const broken = planInstance({ ...idle, run: { ...run, verdict: "beyond-repair" } }, 2000);
    expect(broken).toMatchObject({ type: "repair" });
    const slow = { ...idle, run: { ...run, wasReady: false, verdict: "pending" as const } };
    expect(planInstance(slow, 60_999)).toEqual({ type: "wait", untilMs: 61_000 });
    expect(planInstance(slow, 61_000)).toMatchObject({ type: "repair" });
  });

  it("stops what is to stop, and erases what was removed once nothing runs", () => {
    expect(planInstance({ ...idle, desired: "stopped", run }, 0)).toEqual({ type: "stop" });
    expect(planInstance({ ...idle, desired: "removed", run }, 0)).toEqual({ type: "stop" });
    expect(planInstance({ ...idle, desired: "removed" }, 0)).toEqual({ type: "erase" });
    expect(planInstance({ ...idle, desired: "stopped" }, 0)).toEqual({ type: "wait" });
  });

  it("touches nothing that the desired state does not mention", () => {
    fc.assert(
      fc.property(anyState, fc.nat(1e6), (state, nowMs) => {
        expect(planInstance({ ...state, desired: "held" }, nowMs)).toEqual({ type: "wait" });
      }),
    );
  });

  it("never starts a second run, never starts before its time, never erases under a run", () => {
    const isSound = (state: InstanceState, nowMs: number): boolean => {
      const { type } = planInstance(state, nowMs);
      if (type === "start" || type === "prepare")
        return !state.run && state.desired === "running" && nowMs >= state.notBeforeMs;
      if (type === "stop" || type === "repair") return state.run !== undefined;
      return type !== "erase" || state.run === undefined;
    };
    fc.assert(fc.property(anyState, fc.nat(1e6), isSound));
    expect(isSound(idle, 0)).toBe(true);
  });

  it("waits for a time that is still to come", () => {
    fc.assert(
      fc.property(anyState, fc.nat(1e6), (state, nowMs) => {
        const action = planInstance(state, nowMs);
        const untilMs = action.type === "wait" ? action.untilMs : undefined;
        expect(untilMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(nowMs);
      }),
    );
  });
});
