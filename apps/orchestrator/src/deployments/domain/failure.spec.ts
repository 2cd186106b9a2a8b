import { describe, expect, it } from "vitest";
import { PREPARE_TIMEOUT_MS, startFailure } from "./failure.ts";
import type { ActiveDeployment, Member, Observed } from "./rollout.ts";

const deployment: ActiveDeployment = {
  id: "d",
  kind: "source",
  phase: "starting",
  createdAtMs: 1_000,
  step: 0,
  stepSinceMs: 0,
  strategy: { steps: [100], stepMs: 0, drainMs: 0 },
  cancelRequested: false,
  generation: {
    id: "d",
    release: "r",
    wanted: { web: { count: 1, isPublic: true, startTimeoutMs: 10_000 } },
  },
};

const member = (observed: Partial<Observed> | undefined, change: Partial<Member> = {}): Member => ({
  id: "i",
  generation: "d",
  process: "web",
  isPublic: true,
  createdAtMs: 1_000,
  knownSinceMs: 1_000,
  ...(observed ? { observed: { phase: "starting", restarts: 0, promises: [], ...observed } } : {}),
  ...change,
});

const failure = (one: Member, nowMs = 2_000) => startFailure(deployment, [one], nowMs);

describe("startFailure", () => {
  it("is none while the new instance starts in time, nor once it is ready", () => {
    const startedAt = new Date(1_500).toISOString();
    expect(failure(member({ startedAt }), 11_000)).toBeUndefined();
    expect(failure(member({ phase: "ready", startedAt }), 99_000)).toBeUndefined();
  });

  it("tells how a new instance crashed in its agent's words", () => {
    const message = "It ended with code 127: its command was not found.";
    expect(failure(member({ restarts: 1, message }))).toMatchObject({
      code: "instance-crashed",
      message: expect.stringContaining(message),
    });
  });

  it("gives the node time to fetch the artefact, and then names the node's trouble", () => {
    const trouble = { phase: "preparing" as const, message: "the disk is full." };
    expect(failure(member(trouble), 1_000 + PREPARE_TIMEOUT_MS)).toBeUndefined();
    expect(failure(member(trouble), 1_001 + PREPARE_TIMEOUT_MS)).toMatchObject({
      code: "node-unavailable",
      message: expect.stringContaining("(the disk is full)"),
    });
  });

  it("gives the node as long again to speak up after a restart of ours", () => {
    const known = member(undefined, { knownSinceMs: 500_000 });
    expect(failure(known, 500_000 + PREPARE_TIMEOUT_MS)).toBeUndefined();
    expect(failure(known, 500_001 + PREPARE_TIMEOUT_MS)?.code).toBe("node-unavailable");
  });

  it("says that a node which gives nothing at all did not start it", () => {
    expect(failure(member(undefined), 1_001 + PREPARE_TIMEOUT_MS)?.code).toBe("node-unavailable");
  });

  it("passes on why a node refuses to start it", () => {
    const refusal = { phase: "failed" as const, message: "seccomp is missing" };
    expect(failure(member(refusal))).toMatchObject({
      code: "instance-failed",
      message: expect.stringContaining("seccomp is missing"),
    });
  });

  it("does not blame a deployment for instances that were there before", () => {
    expect(failure(member({ restarts: 3 }, { createdAtMs: 999 }))).toBeUndefined();
    expect(failure(member({ restarts: 3 }, { generation: "older" }))).toBeUndefined();
  });
});
