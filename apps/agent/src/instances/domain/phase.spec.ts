import { describe, expect, it } from "vitest";
import { NO_CRASHES } from "./crashes.ts";
import { phaseOf } from "./phase.ts";
import type { InstanceState, LivingRun } from "./plan.ts";

const idle: InstanceState = {
  desired: "running",
  isPrepared: false,
  run: undefined,
  crashes: NO_CRASHES,
  notBeforeMs: 0,
  hasFailed: false,
  startTimeoutMs: 60_000,
};
const run: LivingRun = { startedAtMs: 0, wasReady: false, verdict: "pending" };
const crashes = { total: 1, inARow: 1, recentMs: [0] };

describe("an instance's phase", () => {
  it.each([
    ["preparing", idle],
    ["starting", { ...idle, isPrepared: true }],
    ["starting", { ...idle, run }],
    ["ready", { ...idle, run: { ...run, wasReady: true, verdict: "kept" } }],
    // Adopted as ready, and not asked yet.
    ["ready", { ...idle, run: { ...run, wasReady: true, verdict: "pending" } }],
    ["unready", { ...idle, run: { ...run, wasReady: true, verdict: "broken" } }],
    ["unready", { ...idle, run: { ...run, wasReady: true, verdict: "beyond-repair" } }],
    ["backing-off", { ...idle, isPrepared: true, crashes, notBeforeMs: 200 }],
    ["failed", { ...idle, hasFailed: true, crashes, notBeforeMs: 200 }],
    ["stopped", { ...idle, desired: "stopped" }],
    ["stopped", { ...idle, desired: "removed", hasFailed: true }],
  ] as const)("is %s", (phase, state) => {
    expect(phaseOf(state, false, 100)).toBe(phase);
  });

  it("is stopping while the run is being ended", () => {
    expect(phaseOf({ ...idle, run }, true, 100)).toBe("stopping");
  });
});
