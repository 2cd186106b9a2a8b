import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Variable } from "../datalog/ast.ts";
import {
  biscuit,
  type Biscuit,
  biscuitFromSource,
  block,
  blockFromSource,
  type Decision,
  definePolicy,
  type EvaluationContext,
  explain,
  fact,
  KeyPair,
} from "../index.ts";
import { UnsignedBiscuit } from "../token/authority.ts";
import { anyProgram } from "./program.fixture.ts";

const root = KeyPair.fromString(`ed25519-private/${"7f".repeat(32)}`);
const third = KeyPair.fromString(`ed25519-private/${"2a".repeat(32)}`);
const key = third.publicKey.toString();
const base = biscuit`user("alice"); owner("alice", "shop"); role("acme", "developer");`.sign(root);

const decide = (
  policy: string,
  token: Biscuit | undefined = base,
  context: EvaluationContext = {},
): Decision => definePolicy(policy).authorize(token, context);
const lines = (
  policy: string,
  token: Biscuit | undefined = base,
  context: EvaluationContext = {},
): string[] => decide(policy, token, context).explain().toString().split("\n");

describe("the explanation of an allowed request", () => {
  it("draws how each fact was derived, down to facts that were given and by whom", () => {
    const policy = `can($u, $app) <- user($u), owner($u, $app);
      may($app) <- can($u, $app), asked($app);
      allow if may($app), can($who, $app);`;
    expect(lines(policy, base, { facts: [fact("asked", "shop")] })).toEqual([
      "Allowed.",
      "Policy 0 matches: allow if may($app), can($who, $app)",
      '  may("shop") by a rule of the authorizer: may($app) <- can($u, $app), asked($app)',
      '    can("alice", "shop") by a rule of the authorizer: can($u, $app) <- user($u), owner($u, $app)',
      '      user("alice") from the authority block',
      '      owner("alice", "shop") from the authority block',
      '    asked("shop") from the authorizer',
      '  can("alice", "shop"), derived as above',
    ]);
  });

  it("tells which alternative made a check hold, and who signed a third party's fact", () => {
    const narrowed = base.attenuate(block`check if operation("read") or operation("list");`);
    const request = narrowed.thirdPartyRequest();
    const token = narrowed.appendThirdParty(request.createBlock(third, block`group("admin");`));
    const policy = `allow if group($g) trusting ${key};`;
    expect(lines(policy, token, { facts: [fact("operation", "list")] })).toEqual([
      "Allowed.",
      `Policy 0 matches: allow if group($g) trusting ${key}`,
      `  group("admin") from block 2, signed by ${key}`,
      'Check 0 of block 1 holds: check if operation("read") or operation("list")',
      '  alternative operation("list"):',
      '    operation("list") from the authorizer',
    ]);
  });

  it("ends with rules that need each other: a derivation has no cycles", () => {
    const policy = "p(1); p($x) <- q($x); q($x) <- p($x); allow if q(1), p(1);";
    expect(lines(policy)).toEqual([
      "Allowed.",
      "Policy 0 matches: allow if q(1), p(1)",
      "  q(1) by a rule of the authorizer: q($x) <- p($x)",
      "    p(1) from the authorizer",
      "  p(1) from the authorizer",
    ]);
  });

  it("stays small where a derivation as a tree would double with every step", () => {
    const steps = Array.from({ length: 40 }, (_, i) => `p${i + 1}($x) <- p${i}($x), p${i}($x);`);
    const text = decide(`p0(1); ${steps.join("\n")} allow if p40(1);`)
      .explain()
      .toString();
    expect(text.split("\n").length).toBeLessThan(100);
  });
});

describe("the nearest miss", () => {
  const narrowed = base.attenuate(block`right("acme", "shop", "deploy");`);

  it("of a fact that nobody stated names the predicate", () => {
    expect(lines("check if time($t); allow if true")).toContain(
      "  no fact `time/1`; wanted is `time($t)`",
    );
  });

  it("shows a fact that exists where it is not trusted, and what to do", () => {
    expect(lines('allow if right("acme", "shop", "deploy")', narrowed)).toContain(
      '  `right("acme", "shop", "deploy")` exists in block 1, which this policy does not trust; any holder of the token could have added it; an authorizer trusts such a block only by the key of a third party that signed it',
    );
    const later = narrowed.attenuate(block`check if right("acme", $app, "deploy");`);
    expect(lines("allow if true", later)).toContain(
      '  `right("acme", "shop", "deploy")` exists in block 1, which this check does not trust; to see it: trusting previous',
    );
    const earlier = base.attenuate(block`check if late(1);`).attenuate(block`late(1);`);
    expect(lines("allow if true", earlier).join()).toContain(
      "exists in block 2, which this check does not trust; blocks that come later",
    );
    expect(lines(`allow if user("alice") trusting ${key}`).join()).toContain(
      "exists in the authority block, which this policy does not trust; its scopes replace the default",
    );
  });

  it("takes the advice that it gives", () => {
    const request = narrowed.thirdPartyRequest();
    const token = narrowed.appendThirdParty(request.createBlock(third, block`group("admin");`));
    const refused = lines('allow if group("admin")', token).join("\n");
    const advice = /to trust who signed it: (trusting .*)/.exec(refused)?.[1] ?? "none";
    expect(decide(`allow if group("admin") ${advice}`, token).allowed).toBe(true);
  });

  it("suggests names and arities that are there", () => {
    expect(
      lines("check if times($t); allow if true", base, { facts: [fact("time", 1)] }),
    ).toContain("  there is `time/1`");
    expect(lines('allow if role("developer")')).toContain("  there is `role/2`");
    expect(lines("r($x) <- user($x), none(1); allow if rr(1)")).toContain("  there is `r/1`");
  });

  it("shows the fact that differs least, and where", () => {
    expect(lines('allow if owner("alice", "api")')).toContain(
      '  there is `owner("alice", "shop")`: term 2 is "shop", not "api"',
    );
  });

  it("goes as far as facts match, and looks for the next one with the values found by then", () => {
    expect(lines("allow if user($u), owner($u, $app), app($app)")).toEqual([
      "Refused: no policy matches.",
      "Policy 0 does not match: allow if user($u), owner($u, $app), app($app)",
      '  no fact `app/1`; wanted is `app("shop")`',
      "  after these facts matched:",
      '    user("alice") from the authority block',
      '    owner("alice", "shop") from the authority block',
    ]);
  });

  it("shows why an expression is false: the part of it, and the values", () => {
    const text = lines(
      'allow if user($u), $u.length() > 2 && ($u == "bob" || $u.starts_with("x"))',
    );
    expect(text.slice(2)).toEqual([
      '  $u.length() > 2 && ($u == "bob" || $u.starts_with("x")) is false',
      '    $u == "bob": $u is "alice"',
      '    $u.starts_with("x"): $u is "alice"',
      "  on these facts:",
      '    user("alice") from the authority block',
    ]);
    expect(lines("allow if [1, 5, 9].all($n -> $n + 1 < 6)").slice(2)).toEqual([
      "  [1, 5, 9].all($n -> $n + 1 < 6) is false",
      "    $n + 1 < 6: $n + 1 is 6",
    ]);
  });

  it("goes into rules that could have given the fact", () => {
    const policy = "can($u) <- user($u), member($u, $g), admin($g); allow if can($u)";
    expect(lines(policy)).toEqual([
      "Refused: no policy matches.",
      "Policy 0 does not match: allow if can($u)",
      "  no fact `can/1`; wanted is `can($u)`",
      "  a rule of the authorizer could give it, but does not apply: can($u) <- user($u), member($u, $g), admin($g)",
      '    no fact `member/2`; wanted is `member("alice", $g)`',
      "    after these facts matched:",
      '      user("alice") from the authority block',
    ]);
    expect(lines("a($x) <- b($x); b($x) <- a($x); allow if a(1)").length).toBeLessThan(10);
  });

  it("of check all is a combination that does not hold; of reject if the one that rejects", () => {
    expect(lines("n(1); n(7); check all n($x), $x < 5; allow if true")).toEqual(
      expect.arrayContaining(["  $x < 5 is false", "    $x is 7", "    n(7) from the authorizer"]),
    );
    const rejected = lines('reject if user("bob") or user("alice"); allow if true');
    expect(rejected.slice(2)).toEqual([
      'Check 0 of the authorizer fails: reject if user("bob") or user("alice")',
      '  alternative user("alice"):',
      '    user("alice") from the authority block',
    ]);
  });

  it("of a variable that must be the same twice does not deny that there are facts", () => {
    expect(lines("p(1, 2); allow if p($x, $x)")).toContain("  no fact matches `p($x, $x)`");
  });

  it("is told for every policy when none matches, and for none when there is none", () => {
    expect(lines("allow if a(1); allow if b(1); deny if c(1)").join()).toMatch(/a\/1.*b\/1.*c\/1/);
    expect(lines("")).toEqual(["Refused: no policy matches.", "There are no policies."]);
  });
});

describe("the explanation of an error", () => {
  it("points to the innermost part that failed, with its operands and facts", () => {
    expect(
      lines("n(0); check if n($x), [1, 2].any($e -> 10 / ($e * $x) > 3); allow if true"),
    ).toEqual([
      "Refused: the evaluation failed.",
      "divide-by-zero: division by zero",
      "  in the authorizer: check if n($x), [1, 2].any($e -> 10 / ($e * $x) > 3)",
      "  in the expression [1, 2].any($e -> 10 / ($e * $x) > 3)",
      "  10 / ($e * $x): ($e * $x) is 0",
      "  on these facts:",
      "    n(0) from the authorizer",
    ]);
  });

  it("says which limit was reached, and by what", () => {
    const ids = Array.from({ length: 40 }, (_, i) => `p(${i});`).join("");
    const text = lines(`${ids} r($x, $y) <- p($x), p($y); allow if true`).join("\n");
    expect(text).toContain("too-many-facts");
    expect(text).toContain("1600 facts r/2");
  });

  it("ends when its own budget does, and says so", () => {
    const ids = Array.from({ length: 60 }, (_, i) => `p(${i});`).join("");
    const policy = `${ids} check if p($a), p($b), p($c), $a + $b + $c == -1; allow if true`;
    const explained = decide(policy).explain({ maxSteps: 1000 });
    expect(explained.toJSON().complete).toBe(false);
    expect(explained.toString()).toContain("reached its own limit");
    // What the decision knows is told all the same.
    const failing = decide(`${policy}; check if none(1);`, base, { limits: { maxSteps: 1e8 } });
    const cut = failing.explain({ maxSteps: 1000 }).toJSON();
    expect(cut.policies).toMatchObject([{ index: 0, matched: true }]);
    expect(cut.checks).toMatchObject([
      { index: 0, held: false },
      { index: 1, held: false },
    ]);
    expect(failing.explain().toJSON().complete).toBe(true);
  });
});

describe("explanations", () => {
  it("are as JSON what they are as text, and are called either way", () => {
    const decision = decide('allow if owner("alice", "api")');
    expect(JSON.parse(JSON.stringify(explain(decision)))).toEqual({
      version: 1,
      outcome: "no-policy",
      policies: [
        {
          kind: "allow",
          index: 0,
          source: 'allow if owner("alice", "api")',
          matched: false,
          queries: [
            {
              source: 'owner("alice", "api")',
              trusts: ["authorizer", 0],
              isTrue: false,
              miss: {
                kind: "no-fact",
                wanted: 'owner("alice", "api")',
                predicate: "owner/2",
                hasOthers: true,
                after: [],
                hidden: [],
                similar: [{ fact: 1, differs: [{ index: 1, wanted: '"api"', found: '"shop"' }] }],
                names: [],
                rules: [],
              },
            },
          ],
        },
      ],
      checks: [],
      facts: [{ id: 1, fact: 'owner("alice", "shop")', origin: [0], keys: [] }],
      complete: true,
    });
  });

  it("do not show in the decision itself", () => {
    expect(Object.keys(decide("allow if true"))).toEqual(["allowed", "policy"]);
    expect(JSON.stringify(decide("allow if true"))).not.toContain("evidence");
  });

  it("let nothing in a token write on the reader's terminal", () => {
    const hostile = biscuit`name(${"\u001b[2J\u202e\r\u0007"});`.sign(root);
    const text = decide("allow if name($n)", hostile).explain().toString();
    expect(text).toContain('name("\\u{1b}[2J\\u{202e}\\u{d}\\u{7}")');
  });
});

describe("redaction", () => {
  const secret = "alice-5ecret";
  const secretNumber = "987654321";
  const holds = (text: string): boolean => text.includes(secret) || text.includes(secretNumber);

  it("hides the terms of the predicates it names wherever their values turn up", () => {
    const token = biscuit`user(${secret}); home(${`/home/${secret}/x`}); age(${Number(secretNumber)});`;
    const policy = `who($u) <- user($u);
      check if who($u), ($u + "!").ends_with("zz");
      check if age($a), $a + 1 < 5;
      check if home("/home/${secret}/y");
      allow if who("${secret}"), [1, "${secret}"].contains($x), user($x);`;
    for (const redact of [
      ["user", "age"],
      (name: string) => name === "user" || name === "age",
      (_: string, __: number, value: string) => holds(value),
    ]) {
      const explained = decide(policy, token.sign(root)).explain({ redact });
      expect(holds(explained.toString() + JSON.stringify(explained))).toBe(false);
      expect(explained.toString()).toContain("<redacted>");
      expect(explained.toString()).not.toContain("987654322");
    }
  });

  it("hides what closures take out of collections, and answers that would tell", () => {
    const policy = `members({"ann", "bo"}); flags([true, 7]); flag(true);
      check if members($m), $m.all($e -> $e == "bo");
      check if flags($f), $f.all($e -> $e.type() == "integer" && $e > 8);
      check if flag($f), !$f == true;
      allow if true;`;
    const text = decide(policy)
      .explain({ redact: ["members", "flags", "flag"] })
      .toString();
    expect(text).not.toMatch(/ann|"bo"|7|\bis true|is "?(?:bool|integer)/);
    expect(text).toContain("$e is <redacted>");
  });

  it("hides values that hold a hidden one, however short it is", () => {
    const policy =
      'pin("x7"); path("/home/x7/y"); tags(["x7", "z"]); allow if path($p), tags($t), pin($x);';
    const text = decide(policy)
      .explain({ redact: ["pin"] })
      .toString();
    expect(text).not.toContain("x7");
    expect(text).toContain("path(<redacted>)");
  });

  it("hides what came as a parameter, in the sources that it was filled into", () => {
    const policy = definePolicy<{ who: string; limit: number }>`
      me({who}); check if me($m), $m == {who}; allow if user({who}), {limit} > 5;`;
    const decision = policy.authorize(base, { who: secret, limit: 3 });
    expect(decision.explain().toString()).toContain(`allow if user("${secret}"), 3 > 5`);
    const explained = decision.explain({ redact: ["me"] });
    expect(holds(explained.toString() + JSON.stringify(explained))).toBe(false);
  });

  it("hides the source of a rule that no source could have", () => {
    const rule = {
      head: { name: "h", terms: [new Variable("x"), secret] },
      body: [],
      expressions: [],
      scopes: [],
    };
    const content = { facts: [], rules: [rule], checks: [], scopes: [] };
    const explained = decide("allow if true", new UnsignedBiscuit(content).sign(root));
    expect(explained).toMatchObject({ allowed: false, error: { code: "invalid-rule" } });
    expect(explained.explain().toString()).toContain(
      `in the authority block: h($x, "${secret}") <- true`,
    );
    expect(explained.explain({ redact: ["h"] }).toString()).not.toContain(secret);
  });

  it("shows what the function gives instead", () => {
    const explained = decide('allow if owner("alice", "shop")').explain({
      redact: (_, index, value) => index === 0 && value === '"alice"' && "user#1",
    });
    expect(explained.toString()).toContain('owner(user#1, "shop") from the authority block');
  });

  it("leaves no trace of a hidden value, whatever the program", { timeout: 60_000 }, () => {
    const withSecrets = (source: string): string =>
      source.replaceAll('"a"', `"${secret}"`).replaceAll("-1", secretNumber);
    fc.assert(
      fc.property(anyProgram, ({ blocks, policy }) => {
        const [authority = "", ...others] = blocks.map(withSecrets);
        const token = others.reduce(
          (each, source) => each.attenuate(blockFromSource(source)),
          biscuitFromSource(authority).sign(root),
        );
        const decision = decide(withSecrets(policy), token);
        const explained = decision.explain({ redact: (_, __, value) => holds(value) });
        expect(holds(explained.toString() + JSON.stringify(explained))).toBe(false);
      }),
      { numRuns: 150, seed: 20_261_125 },
    );
  });
});
