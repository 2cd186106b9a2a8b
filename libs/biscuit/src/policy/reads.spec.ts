import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyPair } from "../crypto/key-pair.ts";
import type { Fact } from "../datalog/ast.ts";
import { biscuitFromSource } from "../token/authority.ts";
import type { Biscuit } from "../token/biscuit.ts";
import { blockFromSource } from "../token/block.ts";
import type { EvaluationContext } from "./evaluation.ts";
import { fact } from "./fact.ts";
import { definePolicy } from "./policy.ts";
import { readsOf } from "./reads.ts";

const root = KeyPair.generate();
const tokenOf = (authority: string, ...blocks: string[]): Biscuit =>
  blocks.reduce(
    (token, source) => token.attenuate(blockFromSource(source)),
    biscuitFromSource(authority).sign(root),
  );
const at = (text: string): Date => new Date(text);

describe("what a policy reads", () => {
  const token = tokenOf(
    'user("a"); check if time($t), $t < 2030-01-01T00:00:00Z;',
    'check if time($now), 2027-01-01T00:00:00Z <= $now, operation($o), $o.starts_with("re");',
  );
  const policy = definePolicy('allow if user($u), resource($u), "x".extern::known();');

  it("are the predicates in bodies of the policy and of the token's blocks", () => {
    const { predicates, externs } = readsOf(policy, token);
    expect(predicates.map(({ name, arity }) => `${name}/${arity}`)).toEqual([
      "operation/1",
      "resource/1",
      "time/1",
      "user/1",
    ]);
    expect(externs).toEqual(["known"]);
    expect(readsOf(policy, undefined).predicates).toHaveLength(2);
  });

  it("has thresholds where dates are only compared", () => {
    const [time] = readsOf(policy, token).predicates.filter(({ name }) => name === "time");
    expect(time?.thresholds).toEqual([at("2027-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z")]);
    const thresholdsOf = (source: string): unknown =>
      readsOf(definePolicy(source), undefined).predicates.find(({ name }) => name === "time")
        ?.thresholds;
    for (const exact of [
      "check if time($t), $t == 2030-01-01T00:00:00Z;",
      "check if time($t), until($t);",
      'check if time($t), $t < 2030-01-01T00:00:00Z, $t.type() == "date";',
      "check if time($t), until($u), $t < $u;",
      "seen($t) <- time($t), $t < 2030-01-01T00:00:00Z;",
      "time(2026-01-01T00:00:00Z); check if time($t), $t < 2030-01-01T00:00:00Z;",
      "check if time(2030-01-01T00:00:00Z);",
      "check if [1].any($x -> time == 1);".replace("time == 1", "true") +
        "check if time($t), [1].any($x -> $t < 2030-01-01T00:00:00Z || $x == 1), $t == $t;",
    ])
      expect([exact, thresholdsOf(exact)]).toEqual([exact, undefined]);
  });

  it("gives one key to all moments between two thresholds, and others to the thresholds themselves", () => {
    const reads = readsOf(policy, token);
    const key = (text: string): string => reads.keyOf([fact("time", at(text))]);
    expect(key("2028-01-01T00:00:00Z")).toBe(key("2029-12-31T23:59:59Z"));
    const all = ["2026", "2027", "2028", "2030", "2031"].map((year) =>
      key(`${year}-01-01T00:00:00Z`),
    );
    expect(new Set(all).size).toBe(5);
  });

  it("leaves out facts that nothing reads, but counts them", () => {
    const reads = readsOf(policy, token);
    const key = (...facts: Fact[]): string => reads.keyOf([fact("resource", "a"), ...facts]);
    expect(key(fact("request_id", "1"))).toBe(key(fact("request_id", "2")));
    expect(key(fact("request_id", "1"))).not.toBe(key());
    expect(key(fact("operation", "a"))).not.toBe(key(fact("operation", "b")));
    expect(key(fact("operation", "a"), fact("resource", "b"))).not.toBe(
      key(fact("resource", "b"), fact("operation", "a")),
    );
  });
});

describe("two requests with equal keys", () => {
  const dates = ["2026-01-01", "2026-06-01", "2027-01-01", "2027-06-01", "2028-01-01"].map((day) =>
    at(`${day}T00:00:00Z`),
  );
  const literal = fc.constantFrom("2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z", "1", '"a"');
  const condition = fc
    .tuple(fc.constantFrom("$t", "$u"), fc.constantFrom("<", "<=", ">", ">=", "==", "!="), literal)
    .map((parts) => parts.join(" "));
  const body = fc
    .tuple(
      fc.constantFrom(
        "time($t), op($u)",
        "time($t), time($u)",
        "time($t), p($t), op($u)",
        "p($t), op($u)",
      ),
      fc.array(condition, { maxLength: 2 }),
    )
    .map(([atoms, conditions]) => [atoms, ...conditions].join(", "));
  const statement = fc.oneof(
    fc
      .tuple(fc.constantFrom("check if", "check all", "reject if"), body)
      .map((all) => `${all.join(" ")};`),
    body.map((right) => `p($u) <- ${right};`),
    fc.constantFrom("p(1);", "op(1);", "time(2026-06-01T00:00:00Z);"),
  );
  const program = fc.array(statement, { minLength: 1, maxLength: 3 }).map((all) => all.join("\n"));
  const request = fc.array(
    fc.oneof(
      fc.constantFrom(...dates).map((date) => fact("time", date)),
      fc.constantFrom(1, "a", ...dates).map((value) => fact("op", value)),
      fc.constantFrom("x", "y").map((value) => fact("unread", value)),
    ),
    { maxLength: 4 },
  );

  it("get equal decisions, at every limit", () => {
    let equal = 0;
    fc.assert(
      fc.property(
        program,
        program,
        fc.array(request, { minLength: 12, maxLength: 12 }),
        fc.integer({ min: 5, max: 60 }),
        (authority, authorizer, requests, maxSteps) => {
          const token = tokenOf(authority);
          const policy = definePolicy(
            `${authorizer} allow if time($t), $t < 2027-06-01T00:00:00Z; deny if op(1);`,
          );
          const reads = readsOf(policy, token);
          const limits: EvaluationContext["limits"] = { maxSteps };
          const seen = new Map<string, string>();
          for (const facts of requests) {
            const decision = JSON.stringify(policy.authorize(token, { facts, limits }));
            const key = reads.keyOf(facts);
            if (seen.has(key)) equal++;
            expect([key, decision]).toEqual([key, seen.get(key) ?? decision]);
            seen.set(key, decision);
          }
        },
      ),
      { numRuns: 300, seed: 20_261_125 },
    );
    expect(equal).toBeGreaterThan(300);
  });
});
