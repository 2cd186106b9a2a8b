import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SAFETY_RULES } from "../safety-rules.ts";
import { NO_VOTE, Voter } from "./voter.ts";

const TTL_MS = 1_000;
const voter = (record = NO_VOTE, startedAtMs = 0): Voter =>
  new Voter(record, TTL_MS, startedAtMs, SAFETY_RULES);

describe("a voter", () => {
  test("re-grants to the holder", () => {
    expect(voter().regrant(5, "a", 2_000)).toEqual({ kind: "regranted" });
  });

  test("re-grants nothing below what it promised", () => {
    const one = voter();
    one.promise(6, "b", 2_000);
    expect(one.regrant(5, "a", 9_000)).toEqual({ kind: "refused", epoch: 6 });
  });

  test("refuses an epoch to any but its first holder", () => {
    const one = voter();
    one.regrant(5, "a", 2_000);
    expect(one.regrant(5, "b", 9_000).kind).toBe("refused");
  });

  test("tells a new holder for how long the old one may act yet", () => {
    const one = voter();
    one.regrant(5, "a", 2_000);
    expect(one.promise(6, "b", 2_400)).toEqual({ kind: "promised", remainingMs: 600 });
  });

  test("makes a holder not wait for itself", () => {
    const one = voter();
    one.regrant(5, "a", 2_000);
    expect(one.promise(6, "a", 2_400)).toEqual({ kind: "promised", remainingMs: 0 });
  });

  test("supposes after a restart that it has just re-granted to another", () => {
    const one = voter({ epoch: 6, holder: "b" }, 5_000);
    expect(one.promise(6, "b", 5_100)).toEqual({ kind: "promised", remainingMs: 900 });
  });

  test("never goes back, whatever it is asked", () => {
    const ask = fc.record({
      isPromise: fc.boolean(),
      epoch: fc.integer({ min: 1, max: 9 }),
      holder: fc.constantFrom("a", "b", "c"),
    });
    fc.assert(
      fc.property(fc.array(ask), (asks) => {
        const one = voter();
        let highest = 0;
        for (const [index, { isPromise, epoch, holder }] of asks.entries()) {
          const nowMs = index * 10;
          const answer = isPromise
            ? one.promise(epoch, holder, nowMs)
            : one.regrant(epoch, holder, nowMs);
          expect(answer.kind === "refused" || epoch >= highest).toBe(true);
          expect(one.record.epoch).toBeGreaterThanOrEqual(highest);
          highest = one.record.epoch;
        }
      }),
    );
  });
});
