import { describe, expect, test } from "vitest";
import { SAFETY_RULES } from "../safety-rules.ts";
import type { LeaseGrant } from "./lease-store.ts";
import { SEED_LEASE, Seeder, type VotedLease } from "./seeder.ts";

const TTL_MS = 1_000;
const KNOWN = [7];
const FLOOR = 100;
const grant: LeaseGrant = { name: SEED_LEASE, holder: "a", epoch: 1, ttlMs: 4 * TTL_MS };

const leasesOf = (voterSets: readonly (readonly string[])[]): VotedLease[] =>
  voterSets.map((voters, index) => ({ name: `lease-${index}`, voters }));

/** Granted at 0 and with its floor on record: it asks for promises next. */
function recorded(voterSets: readonly (readonly string[])[] = [["a", "b", "c"]]): Seeder {
  const one = new Seeder("a", TTL_MS, SAFETY_RULES);
  one.count(leasesOf(voterSets));
  expect(one.step(true, KNOWN, 0)).toMatchObject([{ kind: "seed-acquire", askedAtMs: 0 }]);
  one.onAcquisition(0, { kind: "granted", grant }, 0);
  expect(one.step(true, KNOWN, 10)).toEqual([{ kind: "seed-record", knownEpochs: KNOWN }]);
  one.onRecorded(FLOOR);
  return one;
}

describe("a seeder", () => {
  test("asks for nothing of a store that has a seed", () => {
    const one = new Seeder("a", TTL_MS, SAFETY_RULES);
    expect(one.step(false, KNOWN, 0)).toEqual([]);
  });

  test("writes once a majority has promised, and after every lease of before has ended", () => {
    const one = recorded();
    expect(one.step(true, KNOWN, 20)).toEqual([{ kind: "seed-ask-promises", floor: FLOOR }]);
    one.onPromise("a", FLOOR, true, 30);
    expect(one.step(true, KNOWN, 1_100)).toEqual([{ kind: "seed-ask-promises", floor: FLOOR }]);
    one.onPromise("b", FLOOR, true, 1_200);
    // What was re-granted just before the second promise runs for a whole lease yet, by a slower clock.
    expect(one.step(true, KNOWN, 2_215)).not.toContainEqual(
      expect.objectContaining({ kind: "seed-write" }),
    );
    expect(one.step(true, KNOWN, 2_221)).toEqual([{ kind: "seed-write", grant, floor: FLOOR }]);
  });

  test("needs a majority of the candidates of every lease", () => {
    const one = recorded([
      ["a", "b", "c"],
      ["c", "d", "e"],
    ]);
    for (const from of ["a", "b", "c"]) one.onPromise(from, FLOOR, true, 30);
    const writes = (nowMs: number): boolean =>
      one.step(true, KNOWN, nowMs).some(({ kind }) => kind === "seed-write");
    expect(writes(5_000)).toBe(false);
    one.onPromise("d", FLOOR, true, 5_000);
    expect(writes(7_000)).toBe(true);
  });

  test("counts no refusal, no promise to another floor and nobody twice", () => {
    const one = recorded();
    one.onPromise("a", FLOOR, true, 30);
    one.onPromise("a", FLOOR, true, 40);
    one.onPromise("b", FLOOR, false, 50);
    one.onPromise("c", FLOOR - 1, true, 60);
    expect(one.step(true, KNOWN, 9_000)).toEqual([{ kind: "seed-ask-promises", floor: FLOOR }]);
  });

  test("gives up what is under way once the store has a seed, and begins anew without", () => {
    const one = recorded();
    expect(one.step(false, KNOWN, 20)).toEqual([]);
    expect(one.step(true, KNOWN, 500)).toMatchObject([{ kind: "seed-acquire", askedAtMs: 500 }]);
  });

  test("takes only the answer to its last ask", () => {
    const one = new Seeder("a", TTL_MS, SAFETY_RULES);
    one.step(true, KNOWN, 0);
    one.onAcquisition(-5, { kind: "granted", grant }, 10);
    expect(one.step(true, KNOWN, 400)).toMatchObject([{ kind: "seed-acquire", askedAtMs: 400 }]);
  });

  test("goes on when it is told the leases that it counts already", () => {
    const one = recorded();
    one.onPromise("a", FLOOR, true, 30);
    one.count(leasesOf([["c", "b", "a"]]));
    one.onPromise("b", FLOOR, true, 40);
    expect(one.step(true, KNOWN, 2_000)).toEqual([{ kind: "seed-write", grant, floor: FLOOR }]);
  });

  test("begins anew when there are other leases, since nobody promised anything for those", () => {
    const one = recorded();
    for (const from of ["a", "b", "c"]) one.onPromise(from, FLOOR, true, 30);
    one.count(
      leasesOf([
        ["a", "b", "c"],
        ["b", "c", "d"],
      ]),
    );
    expect(one.step(true, KNOWN, 5_000)).toMatchObject([{ kind: "seed-acquire" }]);
  });
});
