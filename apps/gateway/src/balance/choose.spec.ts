import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { upstream } from "../table/route.fixture.ts";
import { choose } from "./choose.ts";
import { seeded } from "./seeded.fixture.ts";

const idle = () => 0;

describe("choose", () => {
  it("follows the weights", () => {
    const load = { inFlight: idle, random: seeded(1) };
    const candidates = [upstream(1, { weight: 9000 }), upstream(2, { weight: 1000 })];
    let second = 0;
    for (let i = 0; i < 20_000; i++) if (choose(candidates, load)?.port === 2) second += 1;
    // Four standard deviations of a binomial with p = 0.1.
    expect(Math.abs(second - 2000)).toBeLessThan(170);
  });

  it("takes the least busy among upstreams of the drawn weight, and only among them", () => {
    const busy = new Map([
      [upstream(1).instance, 5],
      [upstream(2).instance, 3],
    ]);
    const candidates = [
      upstream(1, { weight: 50 }),
      upstream(2, { weight: 50 }),
      upstream(3, { weight: 1 }),
    ];
    const at = (random: number) =>
      choose(candidates, { inFlight: (id) => busy.get(id) ?? 0, random: () => random })?.port;
    expect(at(0)).toBe(2);
    expect(at(0.9)).toBe(2);
    expect(at(0.999)).toBe(3);
  });

  it("spreads a burst evenly over equals", () => {
    const counts = new Map<string, number>();
    const candidates = [1, 2, 3, 4].map((port) => upstream(port));
    const load = { inFlight: (id: string) => counts.get(id) ?? 0, random: seeded(2) };
    for (let i = 0; i < 400; i++) {
      const { instance } = choose(candidates, load)!;
      counts.set(instance, load.inFlight(instance) + 1);
    }
    expect([...counts.values()]).toEqual([100, 100, 100, 100]);
  });

  it("never chooses from nothing, and always one of weight when there is one", () => {
    expect(choose([], { inFlight: idle, random: () => 0 })).toBeUndefined();
    fc.assert(
      fc.property(
        fc.array(fc.nat(10_000), { minLength: 1 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (weights, random) => {
          const candidates = weights.map((weight, i) => upstream(i + 1, { weight }));
          const chosen = choose(candidates, { inFlight: idle, random: () => random });
          expect((chosen?.weight ?? 0) > 0).toBe(weights.some((weight) => weight > 0));
        },
      ),
    );
  });
});
