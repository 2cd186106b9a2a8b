import { describe, expect, test } from "vitest";
import { Membership } from "./membership.ts";

const members = (ids = ["a", "b", "c"]): Membership =>
  new Membership(
    { self: "a", members: ids, tickEveryMs: 100, suspectAfterMs: 500, deadAfterMs: 1_500 },
    0,
  );

const tickTo = (one: Membership, fromMs: number, toMs: number): void => {
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 100) one.tick(nowMs);
};

describe("membership", () => {
  test("suspects and then gives up who is silent", () => {
    const one = members();
    tickTo(one, 100, 400);
    expect(one.liveness("b")).toBe("alive");
    tickTo(one, 500, 500);
    expect(one.liveness("b")).toBe("suspected");
    tickTo(one, 600, 1_500);
    expect(one.liveness("b")).toBe("dead");
    expect(one.liveness("a")).toBe("alive");
  });

  test("takes nobody for dead because it was itself not scheduled for a minute", () => {
    const one = members();
    one.tick(60_000);
    expect(one.liveness("b")).toBe("alive");
  });

  test("counts on after it was not scheduled", () => {
    const one = members();
    one.tick(60_000);
    tickTo(one, 60_100, 60_400);
    expect(one.liveness("b")).toBe("suspected");
  });

  test("has a member back when it is heard", () => {
    const one = members();
    tickTo(one, 100, 2_000);
    expect(one.heard("b", 1, 5_000, 5_000)).toBe(true);
    expect(one.isAlive("b")).toBe(true);
  });

  test("ignores what an earlier incarnation said, and strangers", () => {
    const one = members();
    one.heard("b", 3, 0, 0);
    expect(one.heard("b", 2, 0, 0)).toBe(false);
    expect(one.heard("x", 1, 0, 0)).toBe(false);
  });

  test("does not trust a node with leases whose clock is an hour off", () => {
    const one = members();
    one.heard("b", 1, 3_600_000, 0);
    one.heard("c", 1, 20_000, 0);
    expect(["a", "b", "c"].map((id) => one.isClockTrusted(id))).toEqual([true, false, true]);
  });

  test("notices that its own clock is the one that is off", () => {
    const one = members();
    one.heard("b", 1, 3_600_000, 0);
    one.heard("c", 1, 3_600_000, 0);
    expect(["a", "b", "c"].map((id) => one.isClockTrusted(id))).toEqual([false, true, true]);
  });
});
