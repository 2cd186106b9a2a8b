import { describe, expect, test } from "vitest";
import { SAFETY_RULES } from "../safety-rules.ts";
import { EPOCHS_PER_LIFE } from "./epochs.ts";
import { LeaseHolder } from "./lease-holder.ts";
import type { LeaseGrant } from "./lease-store.ts";

const TTL_MS = 1_000;
const FLOOR = EPOCHS_PER_LIFE;
const EPOCH = FLOOR + 1;
const grant: LeaseGrant = { name: "db", holder: "a", epoch: EPOCH, ttlMs: TTL_MS };

const holder = (voters: readonly string[] = []): LeaseHolder =>
  new LeaseHolder(
    { name: "db", holder: "a", ttlMs: TTL_MS, renewEveryMs: 250, retryEveryMs: 200, voters },
    0,
    SAFETY_RULES,
  );

/** Granted to one that asked at 0 and was answered at 100, with its seed read. */
function granted(voters?: readonly string[]): LeaseHolder {
  const one = holder(voters);
  one.seek();
  expect(one.step(0)).toMatchObject([{ kind: "acquire", askedAtMs: 0 }]);
  expect(one.onAcquisition(0, { kind: "granted", grant }, 100)).toEqual([
    { kind: "read-seed", epoch: EPOCH },
  ]);
  one.onSeed(EPOCH, FLOOR);
  one.step(120);
  return one;
}

describe("a lease holder", () => {
  test("asks for nothing until the lease is wanted", () => {
    expect(holder().step(0)).toEqual([]);
  });

  test("counts its lease from before it asked, and less than the store may", () => {
    const one = granted();
    expect(one.heldEpoch(120)).toBe(EPOCH);
    expect(one.heldEpoch(975)).toBe(EPOCH);
    expect(one.heldEpoch(985)).toBeUndefined();
  });

  test("does not act on a grant before it has read the store's seed", () => {
    const one = holder();
    one.seek();
    one.step(0);
    one.onAcquisition(0, { kind: "granted", grant }, 100);
    one.step(120);
    expect(one.heldEpoch(120)).toBeUndefined();
  });

  test.each([undefined, 2 * FLOOR])("gives a grant back when the store's seed is %s", (seed) => {
    const one = holder();
    one.seek();
    one.step(0);
    one.onAcquisition(0, { kind: "granted", grant }, 100);
    expect(one.onSeed(EPOCH, seed)).toEqual([{ kind: "release", grant }]);
  });

  test("goes on from a late renewal only as far as its question reaches", () => {
    const one = granted();
    one.onRenewal(EPOCH, 300, { kind: "renewed" }, 950);
    expect(one.heldEpoch(1_270)).toBe(EPOCH);
    expect(one.heldEpoch(1_290)).toBeUndefined();
  });

  test("stops at once when the store says that the lease is lost", () => {
    const one = granted();
    one.onRenewal(EPOCH, 300, { kind: "lost" }, 310);
    expect(one.heldEpoch(310)).toBeUndefined();
  });

  test("keeps its lease when the answer to its acquisition comes twice", () => {
    const one = granted();
    expect(one.onAcquisition(0, { kind: "granted", grant }, 130)).toEqual([]);
    expect(one.heldEpoch(140)).toBe(EPOCH);
  });

  test("gives a grant back that came after it had stopped waiting", () => {
    const one = holder();
    expect(one.onAcquisition(0, { kind: "granted", grant }, 5_000)).toEqual([
      { kind: "release", grant },
    ]);
  });

  test("waits for what a majority of its candidates had re-granted", () => {
    const one = granted(["a", "b", "c"]);
    expect(one.heldEpoch(120)).toBeUndefined();
    one.onPromise("a", EPOCH, { kind: "promised", remainingMs: 0 }, 130);
    one.onPromise("b", EPOCH, { kind: "promised", remainingMs: 400 }, 130);
    one.step(500);
    expect(one.heldEpoch(500)).toBeUndefined();
    one.step(550);
    expect(one.heldEpoch(550)).toBe(EPOCH);
  });

  test("goes on without the store while a majority re-grants, and no longer", () => {
    const one = granted(["a", "b", "c"]);
    for (const voter of ["a", "b"])
      one.onPromise(voter, EPOCH, { kind: "promised", remainingMs: 0 }, 130);
    one.step(140);
    const ask = one.step(700).find(({ kind }) => kind === "ask-regrants");
    expect(ask).toEqual({ kind: "ask-regrants", epoch: EPOCH, askedAtMs: 700 });
    one.onRegrant("a", EPOCH, 700, { kind: "regranted" });
    expect(one.heldEpoch(1_100)).toBeUndefined();
    one.onRegrant("c", EPOCH, 700, { kind: "regranted" });
    expect(one.heldEpoch(1_100)).toBe(EPOCH);
    expect(one.heldEpoch(1_690)).toBeUndefined();
  });

  test("never asks candidates that are too few to lose one", () => {
    const one = granted(["a", "b"]);
    expect(one.step(700).map(({ kind }) => kind)).toEqual(["renew"]);
  });
});
