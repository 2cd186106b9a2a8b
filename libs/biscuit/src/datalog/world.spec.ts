import { describe, expect, it } from "vitest";
import { codeOf } from "../error-code.fixture.ts";
import { definePolicy, type Policy } from "../policy/policy.ts";
import { Budget } from "./budget.ts";

const facts = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `${text(i)};`).join("\n");
const steps = (policy: Policy, limits = {}): number => {
  const evaluation = policy.evaluate(undefined, { limits });
  return evaluation.world.run.budget.used;
};

describe("rules", () => {
  it("derive a transitive closure", () => {
    const chain = facts(30, (i) => `edge(${i}, ${i + 1})`);
    const policy = definePolicy(`${chain}
      path($x, $y) <- edge($x, $y);
      path($x, $z) <- path($x, $y), edge($y, $z);
      allow if path(0, 30);`);
    expect(policy.authorize(undefined).allowed).toBe(true);
    const { world } = policy.evaluate(undefined, {});
    expect([world.factCount, world.iterations]).toEqual([30 + 465, 30]);
  });

  it("join by index: the work grows with the result, not with the product", () => {
    const join = (count: number): Policy =>
      definePolicy(
        `${facts(count, (i) => `a(${i}, ${i + 1}); b(${i + 1}, ${i})`)} r($x) <- a($x, $y), b($y, $x); allow if r(1);`,
      );
    const limits = { maxFacts: 10_000 };
    expect(steps(join(300), limits)).toBeLessThan(3.5 * steps(join(100), limits));
  });

  it("match a repeated variable within one predicate", () => {
    expect(
      definePolicy("p(1, 2); p(3, 3); r($x) <- p($x, $x); allow if r(3); ").authorize(undefined)
        .allowed,
    ).toBe(true);
    expect(
      definePolicy("p(1, 2); r($x) <- p($x, $x); allow if r(1);").authorize(undefined).allowed,
    ).toBe(false);
  });

  it("tell predicates of different arity apart", () => {
    expect(definePolicy("p(1, 2); allow if p(1);").authorize(undefined).allowed).toBe(false);
  });

  it("without predicates apply once", () => {
    const policy = definePolicy("r(1) <- true; allow if r(1);");
    expect(policy.authorize(undefined).allowed).toBe(true);
  });
});

describe("limits", () => {
  const counting = `n(0); ${facts(500, (i) => `next(${i}, ${i + 1})`)} n($y) <- n($x), next($x, $y); allow if n(1);`;

  it("end rules that need too many rounds", () => {
    expect(codeOf(() => definePolicy(counting).evaluate(undefined, {}))).toBe(
      "too-many-iterations",
    );
  });

  it("end rules that bring too many facts", () => {
    const product = `${facts(40, (i) => `p(${i})`)} r($x, $y) <- p($x), p($y); allow if true;`;
    expect(codeOf(() => definePolicy(product).evaluate(undefined, {}))).toBe("too-many-facts");
  });

  it("end joins that look at too many rows, always at the same step", () => {
    const bomb = definePolicy(
      `${facts(100, (i) => `p(${i})`)} check if p($a), p($b), p($c), p($d), $a + $b + $c + $d == -1; allow if true;`,
    );
    for (let i = 0; i < 3; i++) {
      expect(bomb.authorize(undefined)).toMatchObject({
        allowed: false,
        reason: "error",
        error: { code: "too-many-steps" },
      });
    }
    expect(bomb.authorize(undefined, { limits: { maxSteps: 5 } })).toMatchObject({
      reason: "error",
    });
  });

  it("end strings that double in every round", () => {
    const bomb = definePolicy(
      's("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"); s($z) <- s($x), t($z); check if s($x), ($x + $x + $x + $x).matches("(a*)*b"); allow if true;',
    );
    expect(bomb.authorize(undefined, { limits: { maxSteps: 500 } })).toMatchObject({
      reason: "error",
      error: { code: "too-many-steps" },
    });
  });

  it("cannot be escaped by catching their error", () => {
    const source = `check if ({1, 2}.any($x -> "a".matches("(a{50}){50}")) ).try_or(true); allow if true;`;
    expect(definePolicy(source).authorize(undefined, { limits: { maxSteps: 100 } })).toMatchObject({
      reason: "error",
    });
  });

  it("count steps down to nothing", () => {
    const budget = new Budget(2);
    budget.spend(2);
    expect(codeOf(() => budget.spend(1))).toBe("too-many-steps");
  });
});
