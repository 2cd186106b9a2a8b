import { describe, expect, it } from "vitest";
import { type Candidacy, type Wanted, withoutRemoved } from "./without-removed.ts";

const wanted = (change: Partial<Wanted> = {}): Wanted => ({
  desired: { kind: "started" },
  beforeFreeze: null,
  candidates: ["n1", "n2", "n3"],
  ...change,
});

const seen = (change: Partial<Candidacy> = {}): Candidacy => ({
  wanted: wanted(),
  isUnderLease: true,
  isRemoved: (node) => node === "n3",
  isHeard: true,
  isOneGivenUp: false,
  isStopped: false,
  ...change,
});

const PAUSED = wanted({
  desired: { kind: "stopped" },
  beforeFreeze: { kind: "placed", node: "n1" },
});

describe("a service of which a candidate was removed", () => {
  it("is stopped first, since two majorities must always share a candidate", () => {
    expect(withoutRemoved(seen())).toEqual(
      wanted({ desired: { kind: "stopped" }, beforeFreeze: { kind: "started" } }),
    );
  });

  it("goes on without it, as it was wanted, once every other one says that it is stopped", () => {
    expect(withoutRemoved(seen({ wanted: PAUSED }))).toBeUndefined();
    expect(withoutRemoved(seen({ wanted: PAUSED, isStopped: true }))).toEqual(
      wanted({ desired: { kind: "placed", node: "n1" }, candidates: ["n1", "n2"] }),
    );
  });

  it("is not stopped while one is silent that would have to say so", () => {
    expect(withoutRemoved(seen({ isHeard: false }))).toBeUndefined();
  });

  it("goes on as before when one falls silent while it is stopped", () => {
    expect(withoutRemoved(seen({ wanted: PAUSED, isHeard: false }))).toBeUndefined();
    expect(withoutRemoved(seen({ wanted: PAUSED, isOneGivenUp: true }))).toEqual(
      wanted({ desired: { kind: "placed", node: "n1" } }),
    );
  });

  it("that is stopped already, or needs no lease, loses it without a stop", () => {
    const stopped = wanted({ desired: { kind: "stopped" } });
    expect(withoutRemoved(seen({ wanted: stopped }))).toBeUndefined();
    expect(withoutRemoved(seen({ wanted: stopped, isStopped: true }))).toEqual({
      ...stopped,
      candidates: ["n1", "n2"],
    });
    expect(withoutRemoved(seen({ isUnderLease: false, isHeard: false }))).toEqual(
      wanted({ candidates: ["n1", "n2"] }),
    );
  });

  it("is left alone while it is frozen", () => {
    expect(withoutRemoved(seen({ wanted: wanted({ desired: { kind: "frozen" } }) }))).toBe(
      undefined,
    );
  });

  it("that was wanted on the removed one is wanted wherever it is best", () => {
    const placed = wanted({ desired: { kind: "placed", node: "n3" } });
    expect(withoutRemoved(seen({ wanted: placed, isUnderLease: false }))).toEqual(
      wanted({ candidates: ["n1", "n2"] }),
    );
  });
});

it("a service whose candidates are all there stays as it is", () => {
  expect(withoutRemoved(seen({ isRemoved: () => false }))).toBeUndefined();
});
