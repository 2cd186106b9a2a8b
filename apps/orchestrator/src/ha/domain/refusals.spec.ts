import type { HaInstance } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { type Candidate, nobodyTakesIt, refusalOf, type Seeker } from "./refusals.ts";

const node = (name: string, change: Partial<Candidate> = {}): Candidate => ({
  name,
  liveness: "alive",
  isCordoned: false,
  services: new Set(),
  ...change,
});

const seeker = (change: Partial<Seeker> = {}): Seeker => ({
  name: "db",
  affinities: [],
  desired: { kind: "started" },
  instances: [],
  ...change,
});

const WITH_CACHE = [{ kind: "with", service: "cache", isHard: true }] as const;
const APART = [{ kind: "apart", service: "cache", isHard: true }] as const;
const cached = { services: new Set(["cache"]) };

describe("a node refuses a service", () => {
  it("while nothing is heard of it, or it is cordoned", () => {
    expect(refusalOf(seeker(), node("n1"))).toBeUndefined();
    expect(refusalOf(seeker(), node("n1", { liveness: "lost" }))).toBe(
      "n1 is not heard of: start its agent, or `bastide node remove n1`",
    );
    expect(refusalOf(seeker(), node("n1", { isCordoned: true }))).toBe(
      "n1 is cordoned: `bastide node uncordon n1`",
    );
  });

  it("that would break a hard affinity there, and not for a soft one", () => {
    expect(refusalOf(seeker({ affinities: [...WITH_CACHE] }), node("n1"))).toBe(
      "cache does not run on n1, and db runs only where it does: have cache run there",
    );
    expect(refusalOf(seeker({ affinities: [...APART] }), node("n1", cached))).toBe(
      "cache runs on n1, and db runs only where it does not: have cache run elsewhere",
    );
    expect(refusalOf(seeker({ affinities: [...WITH_CACHE] }), node("n1", cached))).toBeUndefined();
    const soft = APART.map((one) => ({ ...one, isHard: false }));
    expect(refusalOf(seeker({ affinities: soft }), node("n1", cached))).toBeUndefined();
  });
});

describe("of a service that no node takes", () => {
  const all = [node("n1", { isCordoned: true }), node("n2", cached)];
  const stuck = seeker({ affinities: [...APART] });
  const on = (state: HaInstance["state"], isStale = false): Seeker => ({
    ...stuck,
    instances: [{ node: "n1", state, isStale }],
  });

  it("each node is named, with why and what to do", () => {
    expect(nobodyTakesIt(stuck, all)).toBe(
      "no node takes db, and it runs as soon as one does. n1 is cordoned: `bastide node uncordon n1`; cache runs on n2, and db runs only where it does not: have cache run elsewhere",
    );
    expect(nobodyTakesIt(stuck, [])).toContain("no node may run db");
  });

  it("nothing is said while one takes it, while it runs, or while it is not wanted", () => {
    expect(nobodyTakesIt(stuck, [...all, node("n3")])).toBeUndefined();
    expect(nobodyTakesIt(on("started"), all)).toBeUndefined();
    expect(nobodyTakesIt(on("starting"), all)).toBeUndefined();
    for (const kind of ["stopped", "frozen"] as const)
      expect(nobodyTakesIt({ ...stuck, desired: { kind } }, all)).toBeUndefined();
  });

  it("what failed, or was last heard of somewhere, is no instance of it", () => {
    expect(nobodyTakesIt(on("failed"), all)).toContain("no node takes db");
    expect(nobodyTakesIt(on("started", true), all)).toContain("no node takes db");
  });
});
