import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { codeOf, errorOf } from "../error-code.fixture.ts";
import { printReport, runPolicyTests, type TestReport } from "./testing.ts";

const POLICY = `// who may deploy what
can($org, $app) <- role($org, "developer"), app($org, $app);

check if time($t), $t < 2030-01-01T00:00:00Z;
deny if blocked($user);
allow if operation("deploy"), resource($org, $app), can($org, $app)
      or role($org, "owner"), resource($org, $app);
`;
const KEY = `ed25519/${"e7".repeat(31)}00`;
const third = "ed25519/acdd6d5b53bfee478bf689f8e012fe7988bf755e3d7c5152947abc149bc20189";
const load = (path: string): string => {
  if (path === "deploy.biscuit") return POLICY;
  throw new Error(`no file ${path}`);
};
const HEAD = `
policy "deploy.biscuit";
key partner = ${third};
token developer { user("alice"); role("acme", "developer"); app("acme", "shop"); }
token reader from developer { check if operation("read"); }
token vouched from reader signed by partner { role("acme", "owner"); }
facts { time(2029-06-01T00:00:00Z); }
`;
const run = (source: string): TestReport => runPolicyTests(HEAD + source, load);
const only = (source: string): TestReport["cases"][number] | undefined => run(source).cases[0];

describe("a policy test", () => {
  it.each([
    ["allow", 'token developer; facts { operation("deploy"); resource("acme", "shop"); }'],
    ["allow 0", 'policy { allow if true; }'],
    ["allow 0", 'policy { allow if role($o, $r) trusting partner; } token vouched; facts { operation("read"); }'.replace("trusting partner", `trusting ${third}`)],
    ["no policy", 'token developer; facts { operation("deploy"); resource("acme", "api"); }'],
    ["deny 0", 'token developer; facts { blocked("alice"); }'],
    ["deny", "facts { blocked(1); }"],
    ["refuse", "facts { blocked(1); }"],
    ["check 0 of block 1", 'token reader; facts { operation("deploy"); resource("acme", "shop"); }'],
    ["check 0 of authorizer, check 1 of block 0", 'policy { check if a(1); allow if true; } token two;'],
    ["check 1 of authority, check 0 of authorizer", 'policy { check if a(1); allow if true; } token two;'],
    ["error divide-by-zero", "policy { allow if 1 / 0 == 1; }"],
  ])("that expects %s passes where %s", (outcome, setup) => {
    const source = `token two { check if true; check if b(1); }\ntest "t" { ${setup} expect ${outcome}; }`;
    expect(only(source)).toMatchObject({ passed: true, name: "t", missingReasons: [] });
  }); // prettier-ignore

  it.each([
    ["allow 1", "policy { allow if true; }", "allow 0"],
    ["allow", "policy { }", "no policy"],
    ["refuse", "policy { allow if true; }", "allow 0"],
    ["check 0 of authorizer", "policy { check if a(1); check if b(1); allow if true; }", "check 0 of authorizer, check 1 of authorizer"],
    ["no policy", "policy { check if a(1); deny if true; }", "deny 0, and check 0 of authorizer"],
    ["error overflow", "policy { allow if 1 / 0 == 1; }", "error divide-by-zero"],
  ])("that expects %s fails where %s, and says what came", (outcome, setup, actual) => {
    const report = run(`test "t" { ${setup} expect ${outcome}; }`);
    expect(report).toMatchObject({ passed: 0, failed: 1, cases: [{ expected: outcome, actual }] });
  }); // prettier-ignore

  it("can ask for a reason", () => {
    const setup = 'token developer; facts { operation("deploy"); resource("acme", "api"); }';
    expect(
      only(
        `test "t" { ${setup} expect no policy because "no fact matches \`can(\\"acme\\", \\"api\\")\`"; }`,
      ),
    ).toMatchObject({ passed: true });
    expect(only(`test "t" { ${setup} expect no policy because "the weather"; }`)).toMatchObject({
      passed: false,
      missingReasons: ["the weather"],
    });
  });

  it("gives a policy its parameters", () => {
    const policy = `policy { now({now}); check if now($t), $t < {end}; allow if user($u) trusting {by}; }
      token t { a(1); } token v from t signed by partner { user(1); }`;
    const parameters = `parameters { now = 2029-01-01T00:00:00Z; by = ${third}; end = 2030-01-01T00:00:00Z; }`;
    expect(only(`${policy} test "t" { token v; ${parameters} expect allow; }`)).toMatchObject({
      passed: true,
      explanation: expect.stringContaining("$t < 2030-01-01T00:00:00Z"),
    });
    expect(only(`${policy} test "t" { token v; expect allow; }`)).toMatchObject({
      passed: false,
      actual: "invalid-parameters",
    });
  });

  it("has the line it begins at, and an explanation", () => {
    expect(only('\n\ntest "t" { expect allow; }')).toMatchObject({
      line: 10,
      explanation: expect.stringContaining("no fact `operation/1`"),
    });
  });
});

describe("coverage", () => {
  const deploys =
    'test "deploys" { token developer; facts { operation("deploy"); resource("acme", "shop"); } expect allow; }';

  it("tells which rules and alternatives were ever true and ever false, with their lines", () => {
    const [coverage] = run(deploys).coverage;
    expect(coverage?.items).toMatchObject([
      { kind: "rule", index: 0, line: 2, timesTrue: 1, timesFalse: 0 },
      { kind: "check", index: 0, line: 4, timesTrue: 1, timesFalse: 0 },
      { kind: "policy", index: 0, line: 5, timesTrue: 0, timesFalse: 1 },
      { kind: "policy", index: 1, alternative: 0, line: 6, timesTrue: 1, timesFalse: 0 },
      { kind: "policy", index: 1, alternative: 1, line: 7, timesTrue: 0, timesFalse: 0 },
    ]);
    expect([coverage?.covered, coverage?.total]).toEqual([4, 10]);
    expect(coverage?.uncovered.map(({ item, never }) => `${item.line} ${never}`)).toEqual([
      "2 false", "4 false", "5 true", "6 false", "7 true", "7 false",
    ]); // prettier-ignore
  });

  it("is complete when every outcome was seen, and does not ask for what cannot be", () => {
    const report = run(
      `${deploys}
      test "owner" { token owner; facts { resource("acme", "shop"); } expect allow 1; }
      test "late" { policy { check if a(1); allow if true; } expect check 0 of authorizer; }
      test "blocked" { token owner; facts { blocked(1); } expect deny; }
      test "nobody" { expect no policy; }`
        .replaceAll("token owner;", "token owner;")
        .replace(/^/, 'token owner { role("acme", "owner"); }\n'),
    );
    const [deploy, inline] = report.coverage;
    expect(report.failed).toBe(0);
    expect(deploy?.uncovered.map(({ item, never }) => `${item.line} ${never}`)).toEqual([
      "4 false",
    ]);
    expect(inline).toMatchObject({
      covered: 2,
      total: 3,
      uncovered: [{ never: "true", item: { kind: "check", line: 11 } }],
    });
  });

  it("is printed for a person", () => {
    const text = printReport(run(`${deploys}\ntest "t" { expect allow; }`));
    expect(text).toContain(
      "ok      deploys\nFAILED  t (line 9)\n        expected allow, got no policy\n        Refused: no policy matches.",
    );
    expect(text).toContain("1 passed, 1 failed\ndeploy.biscuit: 7 of 10 outcomes covered, 70 %");
    expect(text).toContain("  line 5: policy 0 never true: blocked($user)");
  });
});

describe("the documentation", () => {
  it("shows a test file that runs and passes", () => {
    const guide = readFileSync(new URL("../../POLICY-TESTS.md", import.meta.url), "utf8");
    const example = guide.split("```")[1] ?? "";
    const report = runPolicyTests(example, () => 'allow if resource("acme", $app);');
    expect(report.cases.map(({ passed }) => passed)).toEqual([true, true]);
  });
});

describe("a test file that cannot be read", () => {
  it.each([
    ['tets "x" { }', 8, 1, "expected policy or key"],
    ['test "x" { }', 8, 1, "expects nothing"],
    ['test "x" { token nobody; expect allow; }', 8, 18, "there are developer, reader, vouched"],
    ['test "x" { expect maybe; }', 8, 19, "after expect"],
    ['test "x" { expect error nonsense; }', 8, 25, "error code"],
    ['test "x" { expect check 0; }', 8, 26, "expected of"],
    ['test "x" { facts { a($x); } expect allow; }', 8, 22, "variable"],
    ['test "x" { facts { a($x) <- b($x); } expect allow; }', 8, 18, "only facts"],
    ["token developer { }", 8, 6, "there already"],
    ["token t signed by partner { }", 8, 26, "root key"],
    ["token t { a(1);", 8, 9, "not closed"],
    ["token t from developer signed by nobody { }", 8, 40, "partner"],
    ['policy {\n\n  allow if user(alice); }\ntest "x" { expect allow; }', 10, 17, "expected a value"],
  ])("because of %j is refused at line %i, column %i", (source, line, column, text) => {
    const error = errorOf(() => run(source));
    expect(error?.position).toMatchObject({ line, column });
    expect(error?.message).toContain(text);
  }); // prettier-ignore

  it("for want of a policy says so; keys that are none are refused", () => {
    expect(codeOf(() => runPolicyTests('test "x" { expect allow; }', load))).toBe("syntax");
    expect(codeOf(() => runPolicyTests(`key k = ${KEY.slice(0, 20)};`, load))).toBe("invalid-key");
  });
});
