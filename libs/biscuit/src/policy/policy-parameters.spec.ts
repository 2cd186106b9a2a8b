import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyPair } from "../crypto/key-pair.ts";
import { anyValue } from "../datalog.fixture.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { explain } from "../explain/explain.ts";
import { codeOf } from "../error-code.fixture.ts";
import { printValue } from "../syntax/print-term.ts";
import { biscuit, biscuitFromSource } from "../token/authority.ts";
import { block, blockFromSource } from "../token/block.ts";
import type { Decision } from "./decision.ts";
import { definePolicy } from "./policy.ts";
import { rule, ruleFromSource } from "./query.ts";

const root = KeyPair.generate();
const token = biscuit`right("/a", "read"); right("/b", "write");`.sign(root);
const now = new Date("2026-11-25T12:00:00Z");

const mismatchOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error instanceof BiscuitError ? { code: error.code, ...error.parameters } : error;
  }
  return "no error";
};

const verdictOf = (decision: Decision): unknown =>
  decision.allowed
    ? decision.policy.index
    : [decision.reason, decision.failedChecks.map(({ origin, index }) => [origin, index])];

describe("a policy with parameters", () => {
  const read = definePolicy<{ now: Date; resource: string }>`time({now}); resource({resource});
    check if time($t), $t < 2027-01-01T00:00:00Z;
    allow if right({resource}, "read");`;

  it("decides with the values of each call, in facts and in queries", () => {
    expect(read.authorize(token, { now, resource: "/a" }).allowed).toBe(true);
    expect(read.authorize(token, { now, resource: "/b" })).toMatchObject({ reason: "no-policy" });
    const later = new Date("2028-01-01T00:00:00Z");
    expect(read.authorize(token, { now: later, resource: "/a" })).toMatchObject({
      reason: "check-failed",
    });
    expect(read.authorize(token, { now, resource: "/a" }).allowed).toBe(true);
    expect(read.authorize(undefined, { now, resource: "/a" }).allowed).toBe(false);
  });

  it("has the same answer as the policy with the values in its text", () => {
    const policy = definePolicy<{
      x: never;
      y: never;
    }>`p({x}); q([{x}, {y}]); r($z) <- p($z), {y} == {y};
      check if q([{x}, {y}]); check if r({x}); check all p($a), $a === {x};
      check if [{x}].any($v -> $v == {x}); allow if p({y}); deny if true;`;
    fc.assert(
      fc.property(anyValue(3), anyValue(3), (x, y) => {
        const values: Record<string, unknown> = { x: printValue(x), y: printValue(y) };
        const source = policy.source.replaceAll(/\{([xy])\}/g, (_, name: string) =>
          String(values[name]),
        );
        const here = policy.authorize(token, { x: x as never, y: y as never });
        expect(verdictOf(here)).toEqual(verdictOf(definePolicy(source).authorize(token)));
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it("fills parameters inside collections", () => {
    const policy = definePolicy<{ a: number; b: string }>(
      'allow if {{a}, 2}.contains({a}), [[{b}], {b}].contains([{b}]), {{b}: {a}}.get({b}) == {a}, {"k": {a}} == {"k": 1};',
    );
    expect(policy.authorize(undefined, { a: 1, b: "x" }).allowed).toBe(true);
    expect(policy.source).toContain("{{a}, 2}.contains({a})");
    const mixed = definePolicy<{ a: string }>("allow if {{a}, 2}.contains(2);");
    expect(codeOf(() => mixed.authorize(undefined, { a: "x" }))).toBe("invalid-value");
  });

  it("takes public keys after trusting", () => {
    const third = KeyPair.generate();
    const group = token.appendThirdParty(
      token.thirdPartyRequest().createBlock(third, block`group("admin");`),
    );
    const policy = definePolicy<{
      issuer: typeof third.publicKey;
    }>`allow if group("admin") trusting {issuer};`;
    const whole = definePolicy<{
      issuer: typeof third.publicKey;
    }>`trusting {issuer}; allow if group("admin");`;
    for (const each of [policy, whole]) {
      expect(each.authorize(group, { issuer: third.publicKey }).allowed).toBe(true);
      expect(each.authorize(group, { issuer: root.publicKey }).allowed).toBe(false);
      expect(each.source).toContain("trusting {issuer}");
    }
  });

  it("names the parameters that are missing and those that are not the policy's", () => {
    const loose: (parameters: object) => unknown = (parameters) =>
      read.authorize(token, parameters as { now: Date; resource: string });
    expect(mismatchOf(() => loose({ now, resorce: "/a" }))).toEqual({
      code: "invalid-parameters",
      missing: ["resource"],
      unused: ["resorce"],
    });
    expect(mismatchOf(() => loose({ now, resource: undefined }))).toMatchObject({
      missing: ["resource"],
    });
    expect(read.parameters).toEqual(["now", "resource"]);
  });

  it("refuses values that are no terms, and keys where terms stand", () => {
    const policy = definePolicy<{ x: unknown & number }>("p({x}); allow if true;");
    expect(codeOf(() => policy.authorize(token, { x: Number.NaN }))).toBe("invalid-value");
    expect(codeOf(() => policy.authorize(token, { x: root.publicKey as never }))).toBe(
      "invalid-value",
    );
    const key = definePolicy<{ k: string }>("allow if true trusting {k};");
    expect(codeOf(() => key.authorize(token, { k: "ed25519/00" }))).toBe("invalid-value");
    expect(codeOf(() => definePolicy("p({k}); allow if true trusting {k};"))).toBe(
      "invalid-parameters",
    );
  });

  it("never reads a value as source", () => {
    const policy = definePolicy<{ name: string }>`user({name}); allow if admin(true);`;
    expect(policy.authorize(token, { name: '"); admin(true); x("' }).allowed).toBe(false);
  });

  it("keeps its parameters apart from values in the template", () => {
    const policy = definePolicy<{ b: number }>`allow if ${1} + {b} == ${3};`;
    expect(policy.authorize(undefined, { b: 2 }).allowed).toBe(true);
    expect(policy.authorize(undefined, { b: 3 }).allowed).toBe(false);
  });

  it("explains decisions with the values filled in", () => {
    const text = explain(read.authorize(token, { now, resource: "/b" })).toString();
    expect(text).toContain('right("/b", "read")');
  });
});

describe("a source with parameters", () => {
  it("makes blocks, tokens and rules with values", () => {
    const parameters = { user: "alice", at: now };
    const source = "user({user}); check if time($t), $t < {at};";
    expect(blockFromSource(source, { parameters }).toString()).toBe(
      'user("alice");\ncheck if time($t), $t < 2026-11-25T12:00:00Z;\n',
    );
    const made = biscuitFromSource("user({user});", { parameters: { user: "alice" } }).sign(root);
    const wanted = ruleFromSource("r({n}) <- user({user})", {
      parameters: { n: 1, user: "alice" },
    });
    expect(made.query(wanted)).toEqual([[1n]]);
    const key = { parameters: { key: root.publicKey } };
    expect(blockFromSource("check if a(1) trusting {key};", key).toString()).toContain("ed25519/");
  });

  it("needs a value for each parameter and uses each value", () => {
    const parameters = { b: 1 };
    expect(mismatchOf(() => blockFromSource("a({a}); c({c});", { parameters }))).toEqual({
      code: "invalid-parameters",
      missing: ["a", "c"],
      unused: ["b"],
    });
    expect(mismatchOf(() => block`a({a});`)).toMatchObject({ missing: ["a"] });
    expect(mismatchOf(() => rule`a({a}) <- b(1)`)).toMatchObject({ missing: ["a"] });
  });

  it("still has sets of one word and of bytes", () => {
    expect(blockFromSource("a({true}); a({null}); a({hex:00});").toString()).toBe(
      "a({true});\na({null});\na({hex:00});\n",
    );
  });
});
