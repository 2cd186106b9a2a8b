import { describe, expect, test } from "vitest";
import { MUTATIONS, SOUND } from "./mutations.ts";
import { simulate } from "./simulate.ts";

describe("the simulation", () => {
  test("gives the same run for the same seed", () => {
    expect(simulate(7, SOUND)).toEqual(simulate(7, SOUND));
  });

  test("has as many nodes, steps and faults as were promised", () => {
    const { nodes, steps, faults } = simulate(8, SOUND);
    expect(nodes).toBeGreaterThanOrEqual(5);
    expect(steps).toBeGreaterThanOrEqual(2_000);
    expect(faults).toBeGreaterThanOrEqual(20);
  });

  // Each shows the fault that it is named for when the rule is taken out again.
  test.each([
    ["a store is seeded that is behind what a half-way seeding had promised", 6],
    ["and so it is for a service that candidates vote on", 14],
    ["a grant that the candidates have gone beyond is given back", 183],
    ["a voter that starts anew waves nobody through", 26],
    ["a late grant is not given back under the holder", 503166],
  ])("once failed: %s", (_, seed) => {
    expect(simulate(seed, SOUND).violation).toBeUndefined();
  });

  test.each([
    "act after a pause without checking",
    "put without compare",
    "believe a store without a seed",
    "do not wait for what was re-granted",
    "re-grant two epochs",
    "start more than the most",
    "start against a hard affinity",
  ])("notices at once: %s", (name) => {
    const parts = MUTATIONS[name] ?? SOUND;
    const noticed = [1, 2, 3, 4, 5, 6, 7, 8].some(
      (seed) => simulate(seed, parts).violation !== undefined,
    );
    expect(noticed).toBe(true);
  });
});
