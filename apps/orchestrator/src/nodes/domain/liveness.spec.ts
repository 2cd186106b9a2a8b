import { describe, expect, it } from "vitest";
import { GRACE_MS, HOLD_MS, judge, type Pulse, SUSPECT_AFTER_MS } from "./liveness.ts";

const NOW = 1_000_000;
const pulse = (name: string, silentMs: number, change: Partial<Pulse> = {}): Pulse => ({
  name,
  liveness: "alive",
  heardMs: NOW - silentMs,
  isConnected: false,
  ...change,
});
const WELL = [pulse("a", 0), pulse("b", 0)];
const changes = (...pulses: readonly Pulse[]) => Object.fromEntries(judge(pulses, NOW));

describe("one node of several that falls silent", () => {
  it("is suspected soon when its stream was cut, and later when only its heartbeats are missing", () => {
    expect(changes(...WELL, pulse("c", SUSPECT_AFTER_MS.cut - 1))).toEqual({});
    expect(changes(...WELL, pulse("c", SUSPECT_AFTER_MS.cut))).toEqual({ c: "suspected" });
    const open = { isConnected: true };
    expect(changes(...WELL, pulse("c", SUSPECT_AFTER_MS.cut, open))).toEqual({});
    expect(changes(...WELL, pulse("c", SUSPECT_AFTER_MS.open, open))).toEqual({ c: "suspected" });
  });

  it("is lost after the grace time, and heard of again it is alive unless it was lost", () => {
    const suspected = { liveness: "suspected" } as const;
    const limit = SUSPECT_AFTER_MS.cut + GRACE_MS;
    expect(changes(...WELL, pulse("c", limit - 1, suspected))).toEqual({});
    expect(changes(...WELL, pulse("c", limit, suspected))).toEqual({ c: "lost" });
    expect(changes(...WELL, pulse("c", 0, suspected))).toEqual({ c: "alive" });
    expect(changes(...WELL, pulse("c", 0, { liveness: "lost" }))).toEqual({});
  });

  it("has longer when it has said nothing since our own start", () => {
    const since = (startMs: number, change: Partial<Pulse> = {}) => {
      const heardMs = startMs - 1;
      const others = WELL.map((one) => ({ ...one, heardMs }));
      const unheard = pulse("c", 0, { heardMs: undefined, ...change });
      return Object.fromEntries(judge([...others, unheard], startMs));
    };
    expect(since(SUSPECT_AFTER_MS.unheard - 1)).toEqual({});
    expect(since(SUSPECT_AFTER_MS.unheard)).toEqual({ c: "suspected" });
    expect(since(SUSPECT_AFTER_MS.unheard + GRACE_MS)).toEqual({ c: "lost" });
    expect(since(1, { liveness: "suspected" })).toEqual({ c: "alive" });
  });
});

describe("many nodes that fall silent together", () => {
  it("are held for a minute when they are more than half: it is more likely us", () => {
    const most = [pulse("b", 20_000), pulse("c", 20_000)];
    expect(changes(pulse("a", 0), ...most)).toEqual({});
    expect(changes(pulse("a", 0), pulse("b", HOLD_MS), pulse("c", HOLD_MS))).toEqual({
      b: "lost",
      c: "lost",
    });
  });

  it("are given up when they are no more than half", () => {
    const half = [pulse("c", 20_000), pulse("d", 20_000)];
    expect(changes(...WELL, ...half)).toEqual({ c: "lost", d: "lost" });
  });

  it("do not count those that were lost before", () => {
    const before = [
      pulse("x", 99_999, { liveness: "lost" }),
      pulse("y", 99_999, { liveness: "lost" }),
    ];
    expect(changes(...WELL, ...before, pulse("c", 20_000))).toEqual({ c: "lost" });
    expect(changes(pulse("a", 0), ...before, pulse("c", 20_000))).toEqual({ c: "lost" });
  });
});

it("nobody is ever given up while nobody is heard of: there is no one to take over", () => {
  expect(changes(pulse("a", 10 * HOLD_MS))).toEqual({});
  expect(changes(pulse("a", 10 * HOLD_MS), pulse("b", 10 * HOLD_MS))).toEqual({});
});
