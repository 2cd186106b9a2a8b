import { expect, it } from "vitest";
import { upstream } from "../table/route.fixture.ts";
import { leastLoaded } from "./least-loaded.ts";
import { seeded } from "./seeded.fixture.ts";

it("keeps requests in proportion to the weights", () => {
  const counts = new Map<string, number>();
  const candidates = [10, 20, 70].map((weight, i) => upstream(i + 1, { weight }));
  const load = { inFlight: (id: string) => counts.get(id) ?? 0, random: seeded(4) };
  for (let i = 0; i < 1_000; i++) {
    const { instance } = leastLoaded(candidates, load)!;
    counts.set(instance, load.inFlight(instance) + 1);
  }
  expect([...counts.values()].toSorted((a, b) => a - b)).toEqual([100, 200, 700]);
});

it("chooses among equals by chance, and nobody from nothing", () => {
  const candidates = [1, 2].map((port) => upstream(port));
  const at = (random: number) =>
    leastLoaded(candidates, { inFlight: () => 0, random: () => random })?.port;
  expect([at(0), at(0.99)]).toEqual([1, 2]);
  expect(leastLoaded([], { inFlight: () => 0, random: () => 0 })).toBeUndefined();
});
