import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyPair } from "../crypto/key-pair.ts";
import { codeOf, errorOf } from "../error-code.fixture.ts";
import { biscuit, biscuitFromSource } from "../token/authority.ts";
import { block } from "../token/block.ts";
import { parseProgram } from "./parse-program.ts";
import { Source } from "./source.ts";
import { installSuggestions } from "./source-help.ts";

installSuggestions();

const parse = (source: string): ReturnType<typeof parseProgram> => parseProgram(Source.of(source));
const printed = (source: string): string => biscuitFromSource(source).toString();

describe("statements", () => {
  it.each([
    ['user("a")', 'user("a");\n'],
    ["CHECK  IF true Or false;Reject If false", "check if true or false;\nreject if false;\n"],
    ["// c\nuser(1); /* ; ** */ user(2); //", "user(1);\nuser(2);\n"],
    ["user ( 1 ,2 ) ;", "user(1, 2);\n"],
    ["user(2020-01-01T01:00:00+01:00);", "user(2020-01-01T00:00:00Z);\n"],
    ["user({}); user({,}); user([]);", "user({});\nuser({,});\nuser([]);\n"],
    ["user({true}); user({null});", "user({true});\nuser({null});\n"],
    [
      'user({2, 1, 2}); user({2: 1, 1: 2, "a": {1}});',
      'user({1, 2});\nuser({1: 2, 2: 1, "a": {1}});\n',
    ],
    [
      "user(9223372036854775807, -9223372036854775808);",
      "user(9223372036854775807, -9223372036854775808);\n",
    ],
    [
      "head() <- user($0), $0 == 1 trusting authority, previous;",
      "head() <- user($0), $0 == 1 trusting authority, previous;\n",
    ],
    ["é(1); check if é($ö);", "é(1);\ncheck if é($ö);\n"],
    ["check if or(1), true(2), hex:(3);", "check if or(1), true(2), hex:(3);\n"],
  ])("reads %j", (source, wanted) => {
    expect(printed(source)).toBe(wanted);
  });

  it("gives precedence as the specification has it", () => {
    const shape = (source: string): unknown =>
      parse(`check if ${source};`).checks[0]?.queries[0]?.expressions[0];
    for (const [loose, tight] of [
      ["||", "&&"],
      ["&&", "=="],
      ["==", "^"],
      ["^", "|"],
      ["|", "&"],
      ["&", "+"],
      ["+", "*"],
    ] as const) {
      expect(shape(`1 ${loose} 2 ${tight} 3`)).toMatchObject({ operator: loose });
      expect(shape(`1 ${tight} 2 ${loose} 3`)).toMatchObject({ operator: loose });
    }
    expect(shape("!1 + 2 == 3")).toMatchObject({ operator: "==", left: { operator: "!" } });
    expect(shape("1 - 2 - 3")).toMatchObject({ left: { operator: "-" } });
  });
});

describe("errors", () => {
  it.each([
    ["user(1)\nuser(2);", 2, 1, '";"'],
    ["user(", 1, 6, "value"],
    ["user($x);", 1, 6, "variable"],
    ["check if user($x), $y == 1;", 1, 20, "$y"],
    ["head($z) <- user($x);", 1, 6, "$z"],
    ['user("abc', 1, 6, "not closed"],
    ['user("\\t");', 1, 8, "escape"],
    ["user(9223372036854775808);", 1, 6, "64 bits"],
    ["user(hex:abc);", 1, 6, "two hexadecimal digits"],
    ["user(2019-02-30T00:00:00Z);", 1, 6, "no date"],
    ["user({1, true});", 1, 6, "one type"],
    ["user({{1}});", 1, 6, "cannot hold sets"],
    ["user({true: 1});", 1, 7, "string or an integer"],
    ["check if 1 < 2 < 3;", 1, 15, "do not chain"],
    ["check if $x.lenght() == 1;", 1, 13, '"lenght"'],
    ["check if user($x) trusting nobody;", 1, 28, "public key"],
    ["check if user($x) trusting ed25519/00;", 1, 28, "32 bytes"],
    ["user(1); trusting previous;", 1, 10, "first"],
    ["user();", 1, 6, "value"],
    ["what is this", 1, 1, "a fact"],
    ["\n  \tuser(é!);", 2, 9, "value"],
  ])("of %j stand at line %i, column %i and say %j", (source, line, column, text) => {
    const error = errorOf(() => parse(source));
    expect(error?.position).toMatchObject({ line, column });
    expect(error?.message).toContain(text);
    expect(error?.message).toContain("^");
  });

  it("name what was expected", () => {
    expect(errorOf(() => parse("user(1) user(2)"))?.expected).toEqual(['";"']);
  });

  it("put the caret under the place", () => {
    const lines = errorOf(() => parse("user(\"a\"); user('b');"))?.message.split("\n") ?? [];
    expect(lines.at(-1)?.indexOf("^")).toBe(lines.at(-2)?.indexOf("'"));
  });

  it("of a token's policy say that only an authorizer has them", () => {
    expect(errorOf(() => biscuitFromSource("allow if true"))?.message).toContain("authorizer");
  });

  it("are the only thing that hostile source can cause", () => {
    const piece = fc.constantFrom(
      "user",
      "(",
      ")",
      "[",
      "{",
      "}",
      '"',
      "\\",
      "$x",
      ",",
      ";",
      "1",
      "!",
      ".any(",
      "->",
      "check if ",
      "<-",
      "==",
      "hex:",
      "trusting ",
      "é",
      "\ud800",
      "/*",
      "//",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(codeOf(() => parse(pieces.join("")))).toBeTypeOf("string");
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it.each(["(", "!", "[", "{", "1.get(", '{"a":', "(1+"])("bound how deep %j may nest", (open) => {
    expect(codeOf(() => parse(`check if ${open.repeat(5000)}`))).toBe("too-large");
  });

  it("bound how many operators stand in a row, and read what is below the bound", () => {
    expect(codeOf(() => parse(`check if ${"1+".repeat(5000)}1 == 1`))).toBe("too-large");
    expect(codeOf(() => parse(`check if ${"1+".repeat(400)}1 == 401`))).toBe("no error");
    expect(codeOf(() => parse(`check if 1${".type()".repeat(5000)}`))).toBe("too-large");
  });

  it("bound the length of the source", () => {
    expect(codeOf(() => parse(" ".repeat(300_000)))).toBe("too-large");
  });
});

describe("templates", () => {
  it("never take a value for source", () => {
    const name = 'a"); admin(true); x("';
    const { content } = biscuit`user(${name});`;
    expect(content.facts).toEqual([{ name: "user", terms: [name] }]);
    expect(biscuitFromSource(String(biscuit`user(${name});`)).content.facts).toEqual(content.facts);
  });

  it("take every kind of value", () => {
    const { publicKey } = KeyPair.generate();
    const printedBlock = String(
      block`f(${1}, ${2n ** 62n}, ${"a"}, ${true}, ${null}, ${new Date(0)}, ${new Uint8Array([1])}, ${["a", 1]}, ${new Set([2, 1])}, ${new Map<string | number, number>([["k", 1]])});
        check if f($x) trusting ${publicKey};`,
    );
    expect(printedBlock).toBe(
      `f(1, 4611686018427387904, "a", true, null, 1970-01-01T00:00:00Z, hex:01, ["a", 1], {1, 2}, {"k": 1});\ncheck if f($x) trusting ${publicKey.toString()};\n`,
    );
  });

  it("refuse values where they have no meaning, with the position", () => {
    const { publicKey } = KeyPair.generate();
    const wrong: readonly (() => unknown)[] = [
      () => biscuit`user("${"a"}");`,
      () => biscuit`user(1); // ${"a"}`,
      () => biscuit`${"user"}(1);`,
      () => biscuit`user(${publicKey});`,
      () => biscuit`check if user(1) trusting ${"authority"};`,
      () => biscuit`user(${1.5});`,
    ];
    const errors = wrong.map((run) => errorOf(run));
    expect(errors.map((error) => error?.position?.line)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(errors.map((error) => error?.code)).toEqual([
      "syntax",
      "syntax",
      "syntax",
      "invalid-value",
      "invalid-value",
      "invalid-value",
    ]);
  });

  it("do not mistake the character that marks a value for one", () => {
    expect(codeOf(() => parse("user(\ufffc);"))).toBe("syntax");
    expect(printed('user("\ufffc");')).toBe('user("\ufffc");\n');
  });
});
