import { describe, expect, it } from "vitest";
import { KeyPair } from "../crypto/key-pair.ts";
import { biscuit, biscuitFromSource } from "../token/authority.ts";
import type { Biscuit } from "../token/biscuit.ts";
import { block, blockFromSource } from "../token/block.ts";
import { fact } from "./fact.ts";
import { definePolicy } from "./policy.ts";
import { programOf } from "./token-program.ts";

const root = KeyPair.generate();

/** Each block sees the facts of those before it, and adds one. */
function chain(blocks: number): Biscuit {
  let token = biscuit`n(0);`.sign(root);
  for (let i = 1; i < blocks; i++)
    token = token.attenuate(
      blockFromSource(
        `n(${i}); m($x) <- n($x) trusting previous; check if m(${i - 1}) trusting previous;`,
      ),
    );
  return token;
}

describe("a token of any length", () => {
  it.each([2, 29, 30, 31, 32, 70])(
    "keeps each of %i blocks' facts to those who trust it",
    (blocks) => {
      const token = chain(blocks);
      const limits = { maxFacts: 10_000, maxSteps: 5_000_000 };
      expect(definePolicy("allow if n(0);").authorize(token, { limits })).toMatchObject({
        allowed: true,
      });
      expect(definePolicy("allow if n(1);").authorize(token, { limits })).toMatchObject({
        reason: "no-policy",
      });
      expect(definePolicy("allow if m(0);").authorize(token, { limits })).toMatchObject({
        reason: "no-policy",
      });
      const last = token.attenuate(block`check if n(1);`);
      expect(definePolicy("allow if true;").authorize(last, { limits })).toMatchObject({
        reason: "check-failed",
        failedChecks: [{ origin: blocks, index: 0 }],
      });
      const facts = definePolicy("").evaluate(token.data, { limits }).facts();
      const derived = facts.filter(({ name, origin }) => name === "m" && origin.length === 2);
      // Block i derives m(j) from n(j) of block j, for each j before it.
      expect(derived).toHaveLength((blocks * (blocks - 1)) / 2);
      expect(derived.every(({ terms, origin }) => terms[0] === origin[0])).toBe(true);
    },
  );
});

describe("a policy and a token that have met before", () => {
  const token = biscuitFromSource(
    `${Array.from({ length: 20 }, (_, i) => `e(${i}, ${i + 1});`).join("")} p($x, $y) <- e($x, $y); check if p($x, 5);`,
  ).sign(root);
  const source = `e(20, 21); p($x, $z) <- p($x, $y), e($y, $z); check if op($o), $o.matches("^r"); allow if p(0, 21);`;
  const context = { facts: [fact("op", "read"), fact("e", 21, 22), fact("unknown", 1)] };

  it("take the same steps each time, and as many as strangers", () => {
    const policy = definePolicy(source);
    const steps = (): number => policy.evaluate(token.data, context).world.run.budget.used;
    const first = steps();
    const others = Array.from({ length: 5 }, steps);
    const strangers = definePolicy(source).evaluate(token.data, context).world.run.budget.used;
    expect([...others, strangers]).toEqual(Array.from({ length: 6 }, () => first));
  });

  it("do not keep what one request brought for the next", () => {
    const policy = definePolicy("allow if op($o), $o == 1; deny if e(30, 31);");
    const reason = (...facts: ReturnType<typeof fact>[]): unknown => {
      const decision = policy.authorize(token, { facts });
      return decision.allowed ? "allowed" : decision.reason;
    };
    expect(reason(fact("op", 1))).toBe("allowed");
    expect(reason()).toBe("no-policy");
    expect(reason(fact("e", 30, 31))).toBe("denied");
    expect(reason()).toBe("no-policy");
    const before = policy.evaluate(token.data, {}).world.factCount;
    // The same fact from another origin is another fact, and so is what follows from it.
    expect(policy.evaluate(token.data, { facts: [fact("e", 0, 1)] }).world.factCount).toBe(
      before + 2,
    );
  });

  it("do not stay together when the policy was made for one request", () => {
    const other = biscuit`e(0, 21);`.sign(root);
    definePolicy("allow if e(0, 21);").authorize(other);
    expect(programOf(other.data).met).toBeUndefined();
  });

  it("forget each other when a token has met too many", () => {
    const [one, two] = [biscuit`e(0, 21);`.sign(root), biscuit`e(0, 22);`.sign(root)];
    const policies = Array.from({ length: 200 }, () => definePolicy("allow if e(0, 21);"));
    for (let round = 0; round < 2; round++) {
      expect(policies.every((policy) => policy.authorize(one).allowed)).toBe(true);
      expect(policies.some((policy) => policy.authorize(two).allowed)).toBe(false);
    }
    expect(programOf(one.data).met?.length).toBeLessThanOrEqual(64);
  });

  it("keep policies and tokens apart when each meets several", () => {
    const other = biscuit`e(0, 21); user("b");`.sign(root);
    const policies = ["allow if e(0, 21);", 'allow if user("b");', "allow if p(0, 1);"].map(
      (text) => definePolicy(text),
    );
    for (let round = 0; round < 3; round++) {
      expect(policies.map((policy) => policy.authorize(token).allowed)).toEqual([
        false,
        false,
        true,
      ]);
      expect(policies.map((policy) => policy.authorize(other).allowed)).toEqual([
        true,
        true,
        false,
      ]);
      expect(policies.map((policy) => policy.authorize(undefined).allowed)).toEqual([
        false,
        false,
        false,
      ]);
    }
  });
});
