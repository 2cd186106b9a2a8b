import { describe, expect, it } from "vitest";
import { KeyPair } from "../crypto/key-pair.ts";
import { codeOf } from "../error-code.fixture.ts";
import { biscuit } from "../token/authority.ts";
import { type Biscuit } from "../token/biscuit.ts";
import { block } from "../token/block.ts";
import { fact } from "./fact.ts";
import { definePolicy } from "./policy.ts";
import { rule } from "./query.ts";

const root = KeyPair.generate();
const token = biscuit`user("alice"); role("acme", "developer");`.sign(root);
const allows = (source: string, of: Biscuit | undefined = token): boolean =>
  definePolicy(source).authorize(of).allowed;

describe("a policy", () => {
  it("allows when an allow policy matches and every check holds", () => {
    const policy = definePolicy(
      'deny if user("mallory"); allow if role($org, "developer"), resource_org($org);',
    );
    expect(policy.authorize(token, { facts: [fact("resource_org", "acme")] })).toEqual({
      allowed: true,
      policy: {
        kind: "allow",
        index: 1,
        source: 'allow if role($org, "developer"), resource_org($org)',
      },
    });
  });

  it("refuses when none matches, when a deny policy does, and when a check fails", () => {
    const reason = (source: string): unknown => {
      const decision = definePolicy(source).authorize(token);
      return decision.allowed ? "allowed" : decision.reason;
    };
    expect(reason("")).toBe("no-policy");
    expect(reason('allow if user("bob")')).toBe("no-policy");
    expect(reason("deny if true; allow if true")).toBe("denied");
    expect(reason("check if false; allow if true")).toBe("check-failed");
    expect(reason("check if false; deny if true")).toBe("denied");
    expect(reason("check if 1 / 0 == 1; allow if true")).toBe("error");
  });

  it("lists the checks that failed in the order of evaluation, with their sources", () => {
    const narrowed = biscuit`check if false;`
      .sign(root)
      .attenuate(block`check if a(1); check if b(1);`);
    const decision = definePolicy("check if c(1); allow if true;").authorize(narrowed);
    expect(decision).toMatchObject({
      failedChecks: [
        { origin: "authorizer", index: 0, source: "check if c(1)" },
        { origin: 0, index: 0, source: "check if false" },
        { origin: 1, index: 0, source: "check if a(1)" },
        { origin: 1, index: 1, source: "check if b(1)" },
      ],
    });
  });

  it("decides about callers without a token", () => {
    expect(
      definePolicy("allow if open(true)").authorize(undefined, { facts: [fact("open", true)] })
        .allowed,
    ).toBe(true);
  });

  it("gives the same answer to the same question", () => {
    const policy = definePolicy(
      'p("a"); p(1); check if p($x), $x.starts_with("a"); allow if true;',
    );
    const first = JSON.stringify(policy.authorize(token));
    for (let i = 0; i < 100; i++) expect(JSON.stringify(policy.authorize(token))).toBe(first);
  });

  it("takes no facts that are no facts", () => {
    expect(codeOf(() => fact("user(1); admin", true))).toBe("invalid-value");
    expect(codeOf(() => fact("user", Number.NaN))).toBe("invalid-value");
  });
});

describe("checks", () => {
  it("reject if any alternative matches, as the specification says", () => {
    expect(allows("reject if true or false; allow if true")).toBe(false);
    expect(allows("reject if false or true; allow if true")).toBe(false);
    expect(allows("reject if false or false; allow if true")).toBe(true);
  });

  it("for all need at least one match, and every match to hold", () => {
    expect(allows("check all p($x), $x < 3; allow if true")).toBe(false);
    expect(allows("p(1); p(2); check all p($x), $x < 3; allow if true")).toBe(true);
    expect(allows("p(1); p(5); check all p($x), $x < 3; allow if true")).toBe(false);
    expect(allows("check all true; allow if true")).toBe(true);
  });

  it("see a shadowed variable only where they get to it", () => {
    expect(allows("check if true || {1}.any($p -> {1}.any($p -> true)); allow if true")).toBe(true);
    expect(
      definePolicy("check if {1}.any($p -> {1}.any($p -> true)); allow if true").authorize(token),
    ).toMatchObject({ error: { code: "shadowed-variable" } });
  });

  it("catch the errors of the left side of try_or only", () => {
    expect(allows("check if (1 / 0 == 1).try_or(true); allow if true")).toBe(true);
    expect(allows("check if true.try_or(1 / 0 == 1); allow if true")).toBe(false);
  });
});

describe("scopes", () => {
  const third = KeyPair.generate();
  const request = token.thirdPartyRequest();
  const withThird = token.appendThirdParty(request.createBlock(third, block`group("admin");`));
  const withFact = token.attenuate(block`right("file2"); copied($x) <- user($x);`);

  it("keep facts of later blocks from the authorizer and from other blocks", () => {
    expect(allows('allow if right("file2")', withFact)).toBe(false);
    const asked = withFact.attenuate(block`check if right("file2");`);
    expect(allows("allow if true", asked)).toBe(false);
    expect(
      allows(
        "allow if true",
        withFact.attenuate(block`check if right("file2") trusting previous;`),
      ),
    ).toBe(true);
  });

  it("keep facts derived in later blocks from the authorizer", () => {
    expect(allows("allow if copied($x)", withFact)).toBe(false);
  });

  it("let the facts of a trusted third party in, and nobody else's", () => {
    expect(
      definePolicy(`allow if group("admin") trusting ${third.publicKey.toString()}`).authorize(
        withThird,
      ).allowed,
    ).toBe(true);
    expect(allows('allow if group("admin")', withThird)).toBe(false);
    const other = KeyPair.generate().publicKey.toString();
    expect(allows(`allow if group("admin") trusting ${other}`, withThird)).toBe(false);
  });

  it("of a rule replace those of its block: the authority is not trusted by itself", () => {
    expect(allows(`allow if user("alice") trusting ${third.publicKey.toString()}`, withThird)).toBe(
      false,
    );
    expect(
      allows(`allow if user("alice") trusting authority, ${third.publicKey.toString()}`, withThird),
    ).toBe(true);
  });

  it("of a whole block hold for its checks", () => {
    expect(
      allows(
        "allow if true",
        withFact.attenuate(block`trusting previous; check if right("file2");`),
      ),
    ).toBe(true);
    expect(allows("trusting previous; allow if true")).toBe(true);
  });

  it("ignore `previous` in the authorizer", () => {
    expect(allows('allow if user("alice") trusting previous')).toBe(false);
  });
});

describe("external functions", () => {
  it("get JavaScript values and give terms", () => {
    const policy = definePolicy('allow if "a".extern::twice() == "aa", 1.extern::plus(2) == 3;');
    const externs = {
      twice: (value: unknown) => `${String(value)}${String(value)}`,
      plus: (a: unknown, b: unknown) => Number(a) + Number(b),
    };
    expect(policy.authorize(undefined, { externs }).allowed).toBe(true);
  });

  it("that are missing, or throw, end the evaluation", () => {
    const policy = definePolicy("allow if 1.extern::f();");
    const broken = (): never => {
      throw new Error("no");
    };
    expect(policy.authorize(undefined)).toMatchObject({ error: { code: "undefined-extern" } });
    expect(definePolicy("allow if 1.extern::toString();").authorize(undefined)).toMatchObject({
      error: { code: "undefined-extern" },
    });
    expect(policy.authorize(undefined, { externs: { f: broken } })).toMatchObject({
      error: { code: "extern-failed" },
    });
  });
});

describe("queries", () => {
  const holder =
    biscuit`user("a"); n(9223372036854775807); at(2020-01-01T00:00:00Z); bytes(hex:01); set({1, 2}); r($u) <- user($u);`.sign(
      root,
    );

  it("give rows of JavaScript values, integers exact", () => {
    expect(
      holder.query(rule`f($u, $n, $t, $b, $s) <- user($u), n($n), at($t), bytes($b), set($s)`),
    ).toEqual([
      [
        "a",
        9223372036854775807n,
        new Date("2020-01-01T00:00:00Z"),
        new Uint8Array([1]),
        new Set([1n, 2n]),
      ],
    ]);
    expect(holder.query(rule`f($u) <- r($u)`)).toEqual([["a"]]);
    expect(holder.query(rule`f($u) <- user($u), $u == ${"b"}`)).toEqual([]);
  });

  it("see later blocks only when they ask for all", () => {
    const attenuated = holder.attenuate(block`user("b");`);
    expect(attenuated.query(rule`f($u) <- user($u)`)).toEqual([["a"]]);
    expect(attenuated.queryAll(rule`f($u) <- user($u)`)).toEqual([["a"], ["b"]]);
    expect(codeOf(() => attenuated.queryExactlyOne(rule`f($u) <- nobody($u)`))).toBe(
      "unexpected-result",
    );
    expect(attenuated.queryExactlyOne(rule`f($u) <- user($u)`)).toEqual(["a"]);
  });
});
