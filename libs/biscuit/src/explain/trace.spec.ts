import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkExplanations, decide } from "./explanation-property.fixture.ts";
import { anyProgram } from "./program.fixture.ts";

const seed = 20_261_125;

describe("an explanation", () => {
  it(
    "comes to the same verdict as the decision, whatever the program",
    { timeout: 120_000 },
    () => {
      const outcomes = new Map<string, number>();
      checkExplanations(600, seed, ({ outcome }) => {
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      });
      // A property over programs that all end alike would show little.
      const often = [...outcomes].filter(([, count]) => count > 20).map(([outcome]) => outcome);
      expect(often.toSorted()).toEqual(["allowed", "check-failed", "denied", "error", "no-policy"]);
    },
  );

  it("names the place of every error", { timeout: 60_000 }, () => {
    const places: unknown[] = [];
    fc.assert(
      fc.property(anyProgram, (program) => {
        const { error } = decide(program).explain().toJSON();
        if (error === undefined) return;
        const isNamed = error.place?.source.includes(error.expression ?? "missing") ?? false;
        places.push(isNamed && error.part !== undefined ? "named" : error);
      }),
      { numRuns: 150, seed },
    );
    expect(new Set(places)).toEqual(new Set(["named"]));
  });

  it("gives a reason for everything that did not match", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(anyProgram, (program) => {
        const { checks, policies } = decide(program).explain().toJSON();
        const alternatives = [...checks, ...policies].flatMap(({ queries }) => queries);
        const silent = alternatives.filter(
          ({ isTrue, facts, miss, counterexample }) =>
            (isTrue ? facts : (miss ?? counterexample)) === undefined,
        );
        expect(silent).toEqual([]);
      }),
      { numRuns: 100, seed: seed + 1 },
    );
  });

  it("is the same every time", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(anyProgram, (program) => {
        const [first, second] = [decide(program), decide(program)];
        expect(first.explain().toString()).toBe(second.explain().toString());
        expect(JSON.stringify(first.explain())).toBe(JSON.stringify(first.explain()));
      }),
      { numRuns: 100, seed },
    );
  });
});
