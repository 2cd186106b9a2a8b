import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { describeDecision } from "./describe-decision.fixture.ts";
import {
  Biscuit,
  biscuitFromSource,
  blockFromSource,
  definePolicy,
  KeyPair,
  UnverifiedBiscuit,
} from "./index.ts";
import { loadOracle, type Oracle, oracleDecision, oracleToken } from "./oracle.fixture.ts";

const root = KeyPair.fromString(`ed25519-private/${"7f".repeat(32)}`);
const publicHex = root.publicKey.toString().slice("ed25519/".length);
let oracle: Oracle;

beforeAll(async () => {
  oracle = await loadOracle();
});

const rootOf = (): unknown => oracle.PublicKey.fromString(publicHex, 0);

function ourToken(blocks: readonly string[]): Biscuit {
  const [authority = "", ...others] = blocks;
  return others.reduce(
    (token, source) => token.attenuate(blockFromSource(source)),
    biscuitFromSource(authority).sign(root),
  );
}

/** The reference prints sets in the order of symbol indices; here they are in the order of their text. */
const sortSets = (text: string): string =>
  text.replaceAll(
    /\{([^{}:]+)\}/g,
    (_, items: string) =>
      `{${items
        .split(", ")
        .toSorted((a, b) => (a < b ? -1 : 1))
        .join(", ")}}`,
  );
const withSortedSets = (value: unknown): unknown =>
  JSON.parse(sortSets(JSON.stringify(value).replaceAll('\\"', "'")));

const dataOf = (token: Biscuit): Uint8Array[] => token.data.envelope.blocks.map(({ data }) => data);

/** What both sides say of a program: on a token made here, and on one made there. Each reads the other's. */
function compare(blocks: readonly string[], policy: string): { here: unknown; there: unknown } {
  const program = `${blocks.join("---\n")}===\n${policy}`;
  const [ours, theirs] = [ourToken(blocks), oracleToken(oracle, root.toPrivateString(), blocks)];
  const parsed = Biscuit.parse(theirs.toBytes(), root.publicKey);
  const read = oracle.Biscuit.fromBytes(ours.toBytes(), rootOf());
  const compiled = definePolicy(policy);
  const here = [ours, parsed].map((token) => ({
    program,
    decision: withSortedSets(describeDecision(compiled.authorize(token))),
    sources: token.blocks.map(({ source }) => sortSets(source)),
  }));
  const there = [read, theirs].map((token) => ({
    program,
    decision: withSortedSets(oracleDecision(oracle, token, policy)),
    sources: blocks.map((_, i) => sortSets(token.getBlockSource(i))),
  }));
  return {
    here: { answers: here, bytes: versionIndependent(blocks, ours) },
    there: { answers: there, bytes: versionIndependent(blocks, parsed) },
  };
}

/**
 * The bytes of the Datalog, which the same statements make the same; but for arrays and maps, that the reference writes
 * in blocks of versions that do not have them.
 */
function versionIndependent(blocks: readonly string[], token: Biscuit): Uint8Array[] {
  return blocks.every((source) => !/\[|": /.test(source)) ? dataOf(token) : [];
}

const integer = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n));
const text = fc.constantFrom("", "a", "b", "ab", "é", "read", "file1", "/a/b");
const literal = fc
  .oneof(
    integer.map(String),
    text.map((value) => JSON.stringify(value)),
    fc.constantFrom(
      "true",
      "false",
      "null",
      "hex:",
      "hex:00ff",
      "2020-01-01T00:00:00Z",
      "2030-01-01T00:00:00Z",
    ),
    fc.constantFrom(
      "{1, 2, 3}",
      '{"a", "b"}',
      '{"read", "b", "a"}',
      "{,}",
      "[1, 2]",
      '["a", [1]]',
      '{"a": 1, 2: [3]}',
    ),
  )
  .filter((value) => !value.startsWith("hex:") || value.length > 4);

const predicateName = fc.constantFrom("p", "q", "right", "user");
const fact = fc
  .tuple(predicateName, fc.array(literal, { minLength: 1, maxLength: 2 }))
  .map(([name, terms]) => `${name}(${terms.join(", ")})`);
const variable = fc.constantFrom("$x", "$y");
const predicate = fc
  .tuple(
    predicateName,
    fc.array(fc.oneof(variable, variable, literal), { minLength: 1, maxLength: 2 }),
  )
  .map(([name, terms]) => `${name}(${terms.join(", ")})`);
const totalExpression = fc
  .constantFrom(
    "$x == $y",
    "$x != 1",
    '$x.type() == "string"',
    "true",
    "$x == $x",
    "1 < 2",
    "[$x, 1].contains(1)",
  )
  .filter((value) => !value.startsWith("["));
const scope = fc.constantFrom("", "", "", " trusting previous", " trusting authority");

/** A body that binds both variables, so that every expression is defined and none can fail. */
const body = fc
  .tuple(fc.array(predicate, { maxLength: 2 }), fc.array(totalExpression, { maxLength: 1 }), scope)
  .map(([predicates, expressions, trusting]) =>
    `p($x, $y), ${[...predicates, ...expressions].join(", ")}${trusting}`.replace(
      /, (?=$| trusting)/,
      "",
    ),
  );
const ground = fc
  .tuple(fc.array(fact, { minLength: 1, maxLength: 2 }), scope)
  .map(([facts, trusting]) => facts.join(", ") + trusting);
const anyBody = fc.oneof(body, ground);
const rule = fc.tuple(predicateName, body).map(([name, right]) => `${name}($y, $x) <- ${right}`);
const check = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("check if", "check all"),
      fc.array(anyBody, { minLength: 1, maxLength: 2 }),
    )
    .map(([kind, bodies]) => `${kind} ${bodies.join(" or ")}`),
  // With alternatives the reference lets `reject if` pass unless all of them match.
  anyBody.map((only) => `reject if ${only}`),
);
const statements = (extra: fc.Arbitrary<string>[] = []): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fact, fact, rule, check, ...extra), { maxLength: 5 })
    .map((all) => all.map((statement) => `${statement};\n`).join(""));
const policies = fc
  .array(
    fc
      .tuple(fc.constantFrom("allow if", "deny if"), anyBody)
      .map((parts) => `${parts.join(" ")};\n`),
    { maxLength: 2 },
  )
  .map((all) => `${all.join("")}allow if true;\n`);

describe("against the reference implementation", () => {
  it("decides the same on random programs, and writes the same bytes", () => {
    const program = fc.tuple(
      fc.array(statements(), { minLength: 1, maxLength: 3 }),
      statements(),
      policies,
    );
    fc.assert(
      fc.property(program, ([blocks, authorizer, decisions]) => {
        const { here, there } = compare(blocks, authorizer + decisions);
        expect(here).toEqual(there);
      }),
      { numRuns: 100, seed: 20_260_713 },
    );
  });

  const operator = fc.constantFrom(
    "<",
    ">",
    "<=",
    ">=",
    "===",
    "!==",
    "==",
    "!=",
    "+",
    "-",
    "*",
    "/",
    "&",
    "|",
    "^",
    "&&",
    "||",
  );
  const method = fc.constantFrom(
    "contains",
    "starts_with",
    "ends_with",
    "intersection",
    "union",
    "get",
    "try_or",
  );
  const operand: fc.Memo<string> = fc.memo((depth) => {
    if (depth <= 1)
      return literal.filter((value) => !/^[12]\d{3}-/.test(value)).map((value) => value);
    const inner = operand(depth - 1);
    return fc.oneof(
      literal,
      fc.tuple(inner, operator, inner).map((parts) => `(${parts.join(" ")})`),
      fc.tuple(inner, method, inner).map(([left, name, right]) => `(${left}).${name}(${right})`),
      inner.map((value) => `(!${value})`),
      inner.map((value) => `(${value}).length()`),
      inner.map((value) => `(${value}).type()`),
      fc
        .tuple(
          inner,
          fc.constantFrom("all", "any"),
          fc.constantFrom("$e == 1", '$e.type() == "integer"', "$e"),
        )
        .map(([left, name, closure]) => `(${left}).${name}($e -> ${closure})`),
    );
  });

  /** Dividing the smallest integer by -1 is an overflow here and a division by zero there. */
  const isCovered = (expression: string): boolean =>
    !(expression.includes("-9223372036854775808") && expression.includes("/"));

  it("evaluates random expressions to the same result or the same error", () => {
    fc.assert(
      fc.property(operand(4).filter(isCovered), (expression) => {
        const sources = [`allow if ${expression};`, `allow if (${expression}) == (${expression});`];
        const there = sources.map((source) => ({
          source,
          decision: oracleDecision(oracle, undefined, source),
        }));
        const here = sources.map((source) => ({
          source,
          decision: describeDecision(definePolicy(source).authorize(undefined)),
        }));
        expect(here).toEqual(there);
      }),
      { numRuns: 500, seed: 20_260_713 },
    );
  });

  it("reads sealed tokens and tokens with root key ids of the other side", () => {
    const ours = biscuitFromSource('user("a");').rootKeyId(7).sign(root).seal();
    const theirs = oracle.Biscuit.fromBase64(ours.toString(), rootOf());
    expect(theirs.getRevocationIdentifiers()).toEqual(ours.revocationIds);
    const builder = oracle.Biscuit.builder();
    builder.addCode('user("a");');
    builder.setRootKeyId(7);
    const sealed = builder.build(oracle.PrivateKey.fromString(root.toPrivateString())).sealToken();
    const parsed = UnverifiedBiscuit.parse(sealed.toBytes());
    expect([parsed.rootKeyId, parsed.isSealed]).toEqual([7, true]);
    expect(parsed.verify(root.publicKey).toBytes()).toEqual(sealed.toBytes());
  });

  it("accepts and refuses the same mutated tokens", () => {
    const token = ourToken([
      'user("a"); check if time($t), $t < 2030-01-01T00:00:00Z;',
      'check if app("shop");',
    ]);
    const bytes = token.toBytes();
    const accepts = (read: () => unknown): boolean => {
      try {
        read();
        return true;
      } catch {
        return false;
      }
    };
    const mutation = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(mutation, ([at, difference]) => {
        const mutated = Uint8Array.from(bytes);
        mutated[at] = (mutated[at] ?? 0) ^ difference;
        const here = accepts(() => Biscuit.parse(mutated, root.publicKey));
        const there = accepts(() => oracle.Biscuit.fromBytes(mutated, rootOf()));
        expect({ at, difference, accepted: here }).toEqual({ at, difference, accepted: there });
      }),
      { numRuns: 300, seed: 20_260_713 },
    );
  });

  it("agrees on what regular expressions match", () => {
    const pieces = fc.array(
      fc.constantFrom(
        "a",
        "b",
        "é",
        "k",
        "S",
        ".",
        "\\d",
        "\\w",
        "\\s",
        "\\b",
        "\\B",
        "^",
        "$",
        "[a-c]",
        "[^a]",
        "[\\w--b]",
        "[a-z&&[^b]]",
        "[[:alpha:]1]",
        "(a|b)",
        "(?:ab)+",
        "*",
        "+",
        "?",
        "{2}",
        "{1,}",
        "{0,2}",
        "|",
        "(",
        ")",
        "(?i)",
        "(?i:k)",
        "(?x) ",
        "\\p{L}",
        "\\PN",
        "\\p{Greek}",
        "\\x61",
        "\\.",
        "]",
        "}",
        "-",
        "{",
        "[",
        "\\A",
        "\\z",
        "(?m)^",
        "(?s).",
        "\\u{e9}",
        "\\1",
        "\\n",
      ),
      { minLength: 1, maxLength: 6 },
    );
    const input = fc.array(
      fc.constantFrom(
        "a",
        "b",
        "ab",
        "é",
        "K",
        "\u212a",
        "ſ",
        "s",
        "1",
        "٣",
        " ",
        ".",
        "-",
        "]",
        "α",
        "\n",
        "_",
      ),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(pieces, input, (pattern, characters) => {
        const quote = (value: string): string =>
          `"${value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}"`;
        const source = `allow if ${quote(characters.join(""))}.matches(${quote(pattern.join(""))});`;
        const wanted = oracleDecision(oracle, undefined, source);
        expect({
          source,
          decision: describeDecision(definePolicy(source).authorize(undefined)),
        }).toEqual({ source, decision: wanted });
      }),
      { numRuns: 120, seed: 20_260_713 },
    );
  });
});
