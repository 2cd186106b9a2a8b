import { Biscuit, KeyPair, PublicKey } from "@bastide/biscuit";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const installation = new URL("../../..", import.meta.url).pathname.replace(/\/$/, "");
const directory = mkdtempSync("/tmp/bastide-token-");
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command, as somebody without any platform calls it. */
function token(words: readonly string[], input = "", env: Record<string, string> = {}): Ran {
  const main = join(installation, "apps/cli/dist/main.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "token", ...words], {
    cwd: directory,
    encoding: "utf8",
    input,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: directory,
      XDG_CONFIG_HOME: join(directory, "config"),
      BASTIDE_HOME: join(directory, "home"),
      ...env,
    },
  });
  return { code: status, out: stdout, err: stderr };
}

const put = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return name;
};
const read = (name: string): string => readFileSync(join(directory, name), "utf8");
const given = (bearer: string): string[] => ["--token-file", put("given.token", bearer)];
const BY_ROOT = ["--public-key-file", "root.key.pub"];

let made = "";
beforeAll(() => {
  token(["keygen", "root.key"]);
  const source = `user("ci"); right("acme", "deploy");`;
  made = token(["new", "--source", source, "--key-file", "root.key", "--ttl", "1h"]).out.trim();
});

describe("token keygen", () => {
  it.each([
    ["ed25519", "pem"],
    ["secp256r1", "pem"],
    ["ed25519", "text"],
    ["secp256r1", "text"],
  ])("writes %s keys as %s, the private one for its owner only", (algorithm, format) => {
    const name = `${algorithm}-${format}`;
    const ran = token(["keygen", name, "--algorithm", algorithm, "--format", format]);
    expect(ran.code).toBe(0);
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    const key =
      format === "pem" ? KeyPair.fromPem(read(name)) : KeyPair.fromString(read(name).trim());
    const other = read(`${name}.pub`);
    const known = format === "pem" ? PublicKey.fromPem(other) : PublicKey.fromString(other.trim());
    expect([key.algorithm, known.toString()]).toEqual([algorithm, key.publicKey.toString()]);
    expect(ran.out.trim()).toBe(known.toString());
    expect(ran.out + ran.err).not.toContain(key.toPrivateString().split("/")[1]);
  });

  it("never writes over a key", () => {
    const before = read("root.key");
    expect(token(["keygen", "root.key"])).toMatchObject({ code: 6, out: "" });
    put("half.pub", "x");
    expect(token(["keygen", "half"]).code).toBe(6);
    expect(read("root.key")).toBe(before);
    expect(() => read("half")).toThrow("ENOENT");
  });
});

describe("token new", () => {
  it("signs Datalog with a key from a file, with an expiry, a context and a root key id", () => {
    const words = [
      "new",
      "--source-file",
      put("a.datalog", `user("a");\n`),
      "--key-file",
      "root.key",
    ];
    const ran = token([
      ...words,
      "--root-key-id",
      "7",
      "--context",
      "for a",
      "--ttl",
      "1h",
      "--json",
    ]);
    const document: { token: string; publicKey: string } = JSON.parse(ran.out);
    const parsed = Biscuit.parse(document.token, PublicKey.fromString(document.publicKey));
    expect(parsed).toMatchObject({ rootKeyId: 7, blocks: [{ context: "for a" }] });
    expect(parsed.blocks[0]?.source).toMatch(/^user\("a"\);\ncheck if time\(\$time\), \$time < /);
  });

  it("takes the key or the Datalog from standard input, but not both", () => {
    const words = ["new", "--key-file", "-", "--source", "user(1);"];
    expect(token(words, read("root.key")).code).toBe(0);
    const datalog = ["new", "--source-file", "-", "--key-file", "root.key"];
    expect(token(datalog, "user(1);").code).toBe(0);
    const both = token(["new", "--key-file", "-", "--source-file", "-"]);
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining("cannot both") });
  });

  it("makes a token of this machine's platform unless a key is given", () => {
    mkdirSync(join(directory, "home/keys"), { recursive: true });
    writeFileSync(join(directory, "home/keys/root.key"), read("root.key"));
    const publicKey = PublicKey.fromPem(read("root.key.pub")).toString();
    writeFileSync(join(directory, "home/root-keys.json"), JSON.stringify([{ id: 1, publicKey }]));
    const { out } = token(["new", "--source", "user(1);"]);
    const verified = token(["verify", ...given(out), "--json"]);
    expect(JSON.parse(verified.out)).toMatchObject({ verified: true, rootKeyId: 1 });
    rmSync(join(directory, "home"), { recursive: true });
  });

  it.each([
    [["--source", "user(1", "--key-file", "root.key"], 2, /^error: --source:1:7: expected/],
    [["--source", "user(1);", "--key-file", "none.key"], 5, /none\.key cannot be read/],
    [["--source", "user(1);", "--key-file", "given.token"], 1, /holds no such key/],
    [["--key-file", "root.key"], 2, /give one of --source/],
    [
      ["--source", "user(1);", "--key-file", "root.key", "--root-key-id", "4294967296"],
      2,
      /below 4294967296/,
    ],
  ])("refuses %j with %i", (words, code, message) => {
    put("given.token", "x");
    expect(token(["new", ...words])).toMatchObject({
      code,
      out: "",
      err: expect.stringMatching(message),
    });
  });
});

describe("token inspect", () => {
  it("shows blocks, versions, keys, revocation ids and expiry, and no secret", () => {
    const { out, code } = token(["inspect", ...given(made), "--json"]);
    const document: unknown = JSON.parse(out);
    expect([code, document]).toMatchObject([
      0,
      {
        verified: false,
        sealed: false,
        expiresAt: expect.stringMatching(/^20/),
        revocationIds: [expect.stringMatching(/^[0-9a-f]{128}$/)],
        blocks: [{ version: 3, source: expect.stringContaining("right(") }],
      },
    ]);
    const text = token(["inspect", ...given(made)]).out;
    expect(text).toMatch(/1 block; signatures were not checked\nexpires at 20/);
    expect(text).not.toContain(made.slice(0, 40));
  });

  it("reads a token from standard input", () => {
    expect(token(["inspect", "--token-stdin"], made).code).toBe(0);
  });
});

describe("token attenuate and seal", () => {
  it("adds Datalog of one's own beside what the options say", () => {
    const source = put("more.datalog", `check if client_ip("10.0.0.1");\n`);
    const words = ["attenuate", ...given(made), "--source-file", source, "--operation", "deploy"];
    const narrowed = token(words).out;
    const { blocks }: { blocks: { source: string }[] } = JSON.parse(
      token(["inspect", ...given(narrowed), "--json"]).out,
    );
    expect(blocks[1]?.source).toBe(
      `check if client_ip("10.0.0.1");\ncheck if operation("deploy");`,
    );
  });

  it("shows where its Datalog is wrong", () => {
    const ran = token(["attenuate", ...given(made), "--source", "check if\n  time($t), $t <;"]);
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/--source:2:17: .*\n {6}time\(\$t\), \$t <;\n {20}\^/);
  });

  it("closes a token for good", () => {
    const sealed = token(["seal", ...given(made)]).out;
    expect(token(["inspect", ...given(sealed)]).out).toContain("1 block, sealed");
    const more = token(["attenuate", ...given(sealed), "--ttl", "1m"]);
    expect(more).toMatchObject({ code: 4, out: "", err: expect.stringContaining("sealed") });
  });
});

describe("token verify", () => {
  it("takes a key as text, as a file, or a list of keys", () => {
    const publicKey = PublicKey.fromPem(read("root.key.pub")).toString();
    const list = put("keys.json", JSON.stringify([{ publicKey }]));
    for (const by of [["--public-key", publicKey], BY_ROOT, ["--keys-file", list]])
      expect(token(["verify", ...given(made), ...by]).code).toBe(0);
  });

  it("refuses another key, a changed token, and what is no token", () => {
    const other = KeyPair.generate().publicKey.toString();
    const changed = `${made.slice(0, 60)}${made[60] === "A" ? "B" : "A"}${made.slice(61)}`;
    for (const words of [
      [...given(made), "--public-key", other],
      [...given(changed), ...BY_ROOT],
      [...given("A".repeat(40)), ...BY_ROOT],
    ])
      expect(token(["verify", ...words])).toMatchObject({ code: 4, out: "" });
  });

  it("says what a file of keys must look like, and wants one kind of key", () => {
    const broken = token(["verify", ...given(made), "--keys-file", put("broken.json", "{}")]);
    expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('[{"id": 1') });
    const two = token(["verify", ...given(made), ...BY_ROOT, "--keys-file", "keys.json"]);
    expect(two).toMatchObject({ code: 2, err: expect.stringContaining("only one of") });
  });
});

describe("token authorize and explain", () => {
  const POLICY = `allow if right($org, $op), operation($op);`;
  const decide = (...words: string[]): Ran =>
    token(["authorize", ...given(made), ...BY_ROOT, "--policy", POLICY, ...words]);

  it("allows what the policy allows", () => {
    expect(decide("--fact", `operation("deploy")`)).toMatchObject({
      code: 0,
      out: `allowed by policy 0: allow if right($org, $op), operation($op)\n`,
    });
    expect(JSON.parse(decide("--fact", `operation("deploy");`, "--json").out)).toMatchObject({
      allowed: true,
      policy: { kind: "allow", index: 0 },
    });
  });

  it("refuses with exit code 4, and says by which check", () => {
    expect(decide("--fact", `operation("logs")`)).toMatchObject({
      code: 4,
      out: "refused: no-policy\n",
    });
    const late = decide(
      "--fact",
      `operation("deploy")`,
      "--time",
      "2040-01-01T00:00:00Z",
      "--json",
    );
    expect([late.code, JSON.parse(late.out)]).toMatchObject([
      4,
      { allowed: false, reason: "check-failed", failedChecks: [{ origin: 0, index: 0 }] },
    ]);
  });

  it("explains what was missing, as text and as JSON", () => {
    const words = ["explain", ...given(made), ...BY_ROOT, "--policy", POLICY];
    const text = token(words);
    expect([text.code, text.out]).toEqual([4, expect.stringContaining("no fact `operation/1`")]);
    const document: unknown = JSON.parse(token([...words, "--json"]).out);
    expect(document).toMatchObject({
      allowed: false,
      explanation: { version: 1, outcome: "no-policy" },
    });
  });

  it("reads a policy from a file and from standard input", () => {
    const file = put("p.datalog", POLICY);
    const words = ["authorize", ...given(made), ...BY_ROOT, "--fact", `operation("deploy")`];
    expect(token([...words, "--policy-file", file]).code).toBe(0);
    expect(token([...words, "--policy-file", "-"], POLICY).code).toBe(0);
  });

  it.each([
    [["--policy", "allow if user($u)", "--policy-file", "x"], 2, /give one of --policy/],
    [["--policy-file", "none.datalog"], 5, /none\.datalog cannot be read/],
    [["--policy", "allow if\n  user($u"], 2, /--policy:2:10: .*\n {6}user\(\$u\n {13}\^/],
    [["--policy", "allow if true;", "--fact", "check if true"], 2, /is more than facts/],
    [["--policy", "allow if true;", "--fact", "a("], 2, /--fact:1:3: /],
    [["--policy", "allow if true;", "--time", "soon"], 2, /--time is "soon"/],
  ])("refuses %j with %i", (words, code, message) => {
    const ran = token(["authorize", ...given(made), ...BY_ROOT, ...words]);
    expect(ran).toMatchObject({ code, out: "", err: expect.stringMatching(message) });
  });

  it("puts a position and the caret into --json too", () => {
    const words = ["authorize", ...given(made), ...BY_ROOT, "--policy", "allow user", "--json"];
    expect(JSON.parse(token(words).out)).toMatchObject({
      error: {
        reason: "usage",
        exitCode: 2,
        details: ["allow user", "^", "did you mean `allow if`?"],
      },
    });
  });

  it("shows every error of a policy at once, with what is probably meant", () => {
    const policy = put("bad.datalog", `allow if user($u), $u = "a";\nalow if true;\n`);
    const ran = token(["authorize", ...given(made), ...BY_ROOT, "--policy-file", policy]);
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/bad\.datalog:1:\d+: [\s\S]*bad\.datalog:2:\d+: [\s\S]*\^/);
  });

  it("never shows a token or a private key in an error", () => {
    const wrong = token(["verify", "--token-file", "root.key", ...BY_ROOT]);
    expect(wrong.code).toBe(4);
    const secret = read("root.key").split("\n")[1] ?? "?";
    expect(wrong.err + wrong.out).not.toContain(secret);
  });
});

describe("token fmt", () => {
  const MESSY = `// who\nallow   if user( $u )  ;deny if true`;
  const NEAT = `// who\nallow if user($u);\ndeny if true;\n`;

  it("formats files in place, and leaves those that are", () => {
    const [messy, neat] = [put("messy.datalog", MESSY), put("neat.datalog", NEAT)];
    chmodSync(join(directory, messy), 0o640);
    expect(JSON.parse(token(["fmt", messy, neat, "--json"]).out)).toEqual({
      check: false,
      changed: [messy],
      unchanged: 1,
    });
    expect([read(messy), read(neat)]).toEqual([NEAT, NEAT]);
    expect(statSync(join(directory, messy)).mode & 0o777).toBe(0o640);
  });

  it("writes nothing with --check, and ends with 1 when something is to be done", () => {
    const file = put("messy.datalog", MESSY);
    expect(token(["fmt", "--check", file])).toMatchObject({
      code: 1,
      out: "messy.datalog would be formatted\n0 as they should be\n",
    });
    expect(read(file)).toBe(MESSY);
    expect(token(["fmt", "--check", put("neat.datalog", NEAT)]).code).toBe(0);
  });

  it("formats standard input to standard output", () => {
    expect(token(["fmt"], MESSY)).toMatchObject({ code: 0, out: NEAT });
    expect(token(["fmt", "--check"], MESSY).code).toBe(1);
  });

  it("leaves every file as it is when one does not parse", () => {
    const [messy, broken] = [put("messy.datalog", MESSY), put("broken.datalog", "allow if")];
    const ran = token(["fmt", messy, broken]);
    expect(ran).toMatchObject({ code: 2, err: expect.stringMatching(/broken\.datalog:1:9: /) });
    expect(read(messy)).toBe(MESSY);
  });
});

describe("token test", () => {
  const FACTS = `facts { operation("deploy"); }`;
  const tests = (expected: string): string => `
policy "deploy.datalog";
token developer { role("developer"); }
test "a developer may deploy" { token developer; ${FACTS} expect ${expected}; }
`;
  const OTHER = `
policy "deploy.datalog";
test "a stranger may not" { ${FACTS} expect no policy; }
`;
  beforeAll(() => {
    put("deploy.datalog", `allow if role("developer"), operation("deploy");\n`);
  });

  it("passes and tells the coverage of all files together", () => {
    const files = [put("a.biscuit-test", tests("allow 0")), put("b.biscuit-test", OTHER)];
    const ran = token(["test", ...files, "--min-coverage", "100", "--json"]);
    expect([ran.code, JSON.parse(ran.out)]).toMatchObject([
      0,
      { passed: 2, failed: 0, coverage: [{ name: "deploy.datalog", percent: 100, uncovered: [] }] },
    ]);
  });

  it("fails with 1, and says what was expected and why it is not so", () => {
    const ran = token(["test", put("wrong.biscuit-test", tests("deny"))]);
    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/FAILED {2}a developer may deploy[\s\S]*expected deny, got allow 0/);
  });

  it("fails with 1 when too little is covered, and names the lines that no test shows", () => {
    const file = put("a.biscuit-test", tests("allow"));
    expect(token(["test", file]).code).toBe(0);
    const ran = token(["test", file, "--min-coverage", "80"]);
    expect(ran).toMatchObject({
      code: 1,
      err: expect.stringContaining("50 % covered; 80 % are wanted"),
    });
    expect(ran.out).toContain("line 1: policy 0 never false");
  });

  it.each([
    [`policy "none.datalog"; test "t" { expect allow; }`, 5, /none\.datalog cannot be read/],
    [`policy { allow if true; } test "t" { expect alow; }`, 2, /t\.biscuit-test:1:45: /],
    [`policy "bad.datalog"; test "t" { expect allow; }`, 2, /error: bad\.datalog:\d+:\d+: /],
    ["// nothing", 1, /has no tests/],
  ])("refuses %j with %i", (text, code, message) => {
    put("bad.datalog", "allow if user($u\n");
    const ran = token(["test", put("t.biscuit-test", text)]);
    expect(ran).toMatchObject({ code, out: "", err: expect.stringMatching(message) });
  });

  it("wants a file, and percent", () => {
    expect(token(["test"]).code).toBe(2);
    expect(token(["test", "a.biscuit-test", "--min-coverage", "101"]).code).toBe(2);
  });
});
