import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  Biscuit,
  biscuitFromSource,
  blockFromSource,
  type Decision,
  definePolicy,
  type ExplanationData,
  KeyPair,
} from "../index.ts";
import { anyProgram, type RandomProgram } from "./program.fixture.ts";

const root = KeyPair.fromString(`ed25519-private/${"7f".repeat(32)}`);
const next = KeyPair.fromString(`ed25519-private/${"3c".repeat(32)}`);
const seed = 20_261_125;

function decide({ blocks: [authority = "", ...others], policy }: RandomProgram): Decision {
  const options = { nextKeyPair: next };
  const token = others.reduce<Biscuit>(
    (each, source) => each.attenuate(blockFromSource(source), options),
    biscuitFromSource(authority).sign(root, options),
  );
  return definePolicy(policy).authorize(token);
}

/** What the decision says. */
function engineVerdict(decision: Decision): unknown {
  if (!decision.allowed && decision.reason === "error") return { error: decision.error.code };
  const failed = decision.allowed ? [] : decision.failedChecks;
  return {
    policy: "policy" in decision ? decision.policy.index : undefined,
    failed: failed.map(({ origin, index }) => `${origin} ${index}`),
  };
}

/** What follows from the explanation's own account of policies and checks. */
function tracedVerdict({ policies, checks, error }: ExplanationData): unknown {
  if (error !== undefined) return { error: error.code };
  const failed = checks.filter(({ held }) => !held);
  return {
    policy: policies.find(({ matched }) => matched)?.index,
    failed: failed.map(({ origin, index }) => `${origin} ${index}`),
  };
}

/** Facts with the rule of each derived one applied: an explanation that lies about a premise is found out. */
function checkFacts({ facts }: ExplanationData): void {
  const known = new Map(facts.map((fact) => [fact.id, fact]));
  for (const { id, derived, origin } of facts) {
    const premises = derived?.premises ?? [];
    expect(premises.filter((premise) => premise >= id)).toEqual([]);
    const wanted = premises.flatMap(
      (premise): readonly unknown[] => known.get(premise)?.origin ?? ["missing"],
    );
    expect(origin).toEqual(expect.arrayContaining([derived?.origin ?? origin[0], ...wanted]));
  }
}

describe("an explanation", () => {
  it(
    "comes to the same verdict as the decision, whatever the program",
    { timeout: 120_000 },
    () => {
      const outcomes = new Map<string, number>();
      fc.assert(
        fc.property(anyProgram, (program) => {
          const decision = decide(program);
          const data = decision.explain().toJSON();
          outcomes.set(data.outcome, (outcomes.get(data.outcome) ?? 0) + 1);
          expect({ program, verdict: tracedVerdict(data) }).toEqual({
            program,
            verdict: engineVerdict(decision),
          });
          expect(data.complete).toBe(true);
          checkFacts(data);
        }),
        { numRuns: 2000, seed },
      );
      // A property over programs that all end alike would show little.
      const wanted = ["allowed", "check-failed", "denied", "error", "no-policy"];
      const often = [...outcomes].filter(([, count]) => count > 20).map(([outcome]) => outcome);
      expect(often.toSorted()).toEqual(wanted);
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
      { numRuns: 500, seed },
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
      { numRuns: 300, seed: seed + 1 },
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
