import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../error-code.fixture.ts";
import { parseBlock } from "../syntax/parse-program.ts";
import { Source } from "../syntax/source.ts";
import { readBlock, writeBlock } from "./block-codec.ts";
import { MessageWriter } from "./message-writer.ts";
import { SymbolTable } from "./symbols.ts";

const write = (source: string): { data: Uint8Array; version: number } =>
  writeBlock(parseBlock(Source.of(source)), SymbolTable.empty(), false);
const read = (data: Uint8Array): unknown => readBlock(data, SymbolTable.empty(), false);

/** The same block with another version number: field 3, a single byte. */
function withVersion(data: Uint8Array, from: number, to: number): Uint8Array {
  const at = data.findIndex((byte, i) => byte === 0x18 && data[i + 1] === from);
  return data.with(at + 1, to);
}

describe("the version of a block", () => {
  it.each([
    ['user("a"); check if user($u), $u.matches("a") || true === false;', 6],
    ['user("a"); check if user($u), $u.starts_with("a");', 3],
    ["check all user($u);", 4],
    ["check if user($u) trusting previous;", 4],
    ["trusting previous; user(1);", 4],
    ["check if 1 | 2 === 3;", 4],
    ["check if 1 !== 2;", 4],
    ["check if 1 == 1;", 6],
    ["reject if user(1);", 6],
    ["user(null);", 6],
    ["user([1]);", 6],
    ["user({1: 2});", 6],
    ["check if {1}.any($x -> true);", 6],
    ['check if 1.type() === "integer";', 6],
    ["check if 1.extern::f();", 6],
  ])("is the smallest that has what %s uses", (source, version) => {
    expect(write(source).version).toBe(version);
  });

  it("is refused below 3 and above 6", () => {
    const { data } = write('user("a");');
    expect(codeOf(() => read(withVersion(data, 3, 2)))).toBe("unsupported-version");
    expect(codeOf(() => read(withVersion(data, 3, 7)))).toBe("unsupported-version");
    expect(codeOf(() => read(new Uint8Array()))).toBe("unsupported-version");
  });

  it.each([
    ["check all user($u);", 4],
    ["check if 1 == 1;", 6],
    ["reject if user(1);", 6],
    ["user(null);", 6],
  ])("is refused when %s needs a higher one", (source, version) => {
    expect(codeOf(() => read(withVersion(write(source).data, version, version - 1)))).toBe(
      "feature-above-version",
    );
  });

  it("may be too low for arrays, which the reference writes in any version", () => {
    expect(codeOf(() => read(withVersion(write("user([1]);").data, 6, 3)))).toBe("no error");
  });

  it("of a third party's block is at least 5", () => {
    const content = parseBlock(Source.of("user(1);"));
    const { data, version } = writeBlock(content, SymbolTable.empty(), true);
    expect(version).toBe(5);
    expect(codeOf(() => readBlock(withVersion(data, 5, 4), SymbolTable.empty(), true))).toBe(
      "feature-above-version",
    );
  });
});

describe("symbols", () => {
  it("are refused when a block declares one that is known", () => {
    const symbols = SymbolTable.empty();
    symbols.extend(["mine"], []);
    expect(codeOf(() => symbols.extend(["mine"], []))).toBe("symbol-overlap");
    expect(codeOf(() => symbols.extend(["read"], []))).toBe("symbol-overlap");
    expect(codeOf(() => symbols.extend(["a", "a"], []))).toBe("symbol-overlap");
  });

  it("between the default ones and 1024 do not exist", () => {
    expect(codeOf(() => SymbolTable.empty().textOf(28))).toBe("unknown-symbol");
    expect(codeOf(() => SymbolTable.empty().textOf(1024))).toBe("unknown-symbol");
    expect(SymbolTable.empty().textOf(27)).toBe("query");
  });
});

describe("hostile blocks", () => {
  const nested = (depth: number): MessageWriter => {
    let term = new MessageWriter().int64(2, 1);
    for (let i = 0; i < depth; i++)
      term = new MessageWriter().message(9, new MessageWriter().message(1, term));
    return term;
  };
  const blockOf = (term: MessageWriter): Uint8Array => {
    const predicate = new MessageWriter().uint(1, 0).message(2, term);
    return new MessageWriter()
      .uint(3, 6)
      .message(4, new MessageWriter().message(1, predicate))
      .finish();
  };

  it("may nest terms 64 deep, not deeper", () => {
    expect(codeOf(() => read(blockOf(nested(64))))).toBe("no error");
    expect(codeOf(() => read(blockOf(nested(65))))).toBe("too-large");
  });

  it("throw nothing but our error, whatever their bytes", () => {
    const { data } = write(
      'user("a", [1, {"b": hex:00}]); check if user($u, $v), $v.any($x -> $x == 1) trusting previous;',
    );
    const mutations = fc.array(fc.tuple(fc.nat(data.length - 1), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(mutations, fc.nat(data.length), (changes, length) => {
        const mutated = data.slice(0, length);
        for (const [at, byte] of changes) if (at < length) mutated[at] = byte;
        expect(codeOf(() => read(mutated))).toBeTypeOf("string");
      }),
      { numRuns: 300, seed: 1 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(codeOf(() => read(bytes))).toBeTypeOf("string");
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it.each([
    ["a value that nothing takes", [1]],
    ["a binary operation with one operand", [0, 3]],
    ["nothing at all", []],
  ])("hold no expression that leaves the stack wrong: %s", (_, shape) => {
    const value = new MessageWriter().message(1, new MessageWriter().bool(6, true));
    const binary = new MessageWriter().message(3, new MessageWriter().uint(1, 13));
    const expression = new MessageWriter();
    for (const each of shape) {
      if (each === 3) expression.message(1, binary);
      else expression.message(1, value);
    }
    if (shape[0] === 1) expression.message(1, value);
    const query = new MessageWriter()
      .message(1, new MessageWriter().uint(1, 27))
      .message(3, expression);
    const block = new MessageWriter().uint(3, 3).message(6, new MessageWriter().message(1, query));
    expect(codeOf(() => read(block.finish()))).toBe("malformed-token");
  });

  it("hold no set of two types and no map with one key twice", () => {
    const int = (value: number): MessageWriter => new MessageWriter().int64(2, value);
    const set = new MessageWriter()
      .message(1, int(1))
      .message(1, new MessageWriter().bool(6, true));
    expect(codeOf(() => read(blockOf(new MessageWriter().message(7, set))))).toBe(
      "malformed-token",
    );
    const entry = new MessageWriter()
      .message(1, new MessageWriter().int64(1, 1))
      .message(2, int(1));
    const map = new MessageWriter().message(1, entry).message(1, entry);
    expect(codeOf(() => read(blockOf(new MessageWriter().message(10, map))))).toBe(
      "malformed-token",
    );
  });
});

/** A block of one fact, `read(…)`, with one term of these bytes. */
function blockOfTerm(term: readonly number[]): Uint8Array {
  const predicate = [0x08, 0, 0x12, term.length, ...term];
  const fact = [0x0a, predicate.length, ...predicate];
  return Uint8Array.from([0x18, 3, 0x22, fact.length, ...fact]);
}

const termsOf = (term: readonly number[]): unknown =>
  readBlock(blockOfTerm(term), SymbolTable.empty(), false).content.facts[0]?.terms;

describe("a term on the wire", () => {
  it.each([
    ["an integer", [0x10, 5], 5],
    ["an integer in more bytes than it needs", [0x10, 0x85, 0], 5],
    ["an integer in as many bytes as there may be", [0x10, 0x85, 0x80, 0x80, 0x80, 0], 5],
    ["a negative integer", [0x10, ...Array.from({ length: 9 }, () => 0xff), 1], -1],
    ["a string", [0x18, 1], "write"],
    ["a boolean that is not 1", [0x30, 2], true],
    ["a boolean that is false", [0x30, 0], false],
    ["what has a field that nobody knows", [0x10, 5, 0x78, 1], 5],
  ])("is read when it is %s", (_, bytes, value) => {
    expect(termsOf(bytes)).toEqual([value]);
  });

  it.each([
    ["a variable in a fact", [0x08, 0], "malformed-token"],
    ["nothing", [], "malformed-token"],
    ["a field that nobody knows", [0x78, 1], "malformed-token"],
    ["a number where a message belongs", [0x40, 1], "malformed-token"],
    ["two numbers", [0x10, 5, 0x10, 6], "malformed-token"],
    ["two kinds of value", [0x10, 5, 0x18, 1], "malformed-token"],
    ["a string without a symbol", [0x18, 0x7f], "unknown-symbol"],
  ])("is refused when it is %s", (_, bytes, code) => {
    expect(codeOf(() => termsOf(bytes))).toBe(code);
  });

  it("is no variable whose number has more than 32 bits", () => {
    const variable = [0x08, 0x80, 0x80, 0x80, 0x80, 0x10];
    const body = [0x08, 0, 0x12, variable.length, ...variable];
    const rule = [0x0a, 2, 0x08, 0, 0x12, body.length, ...body];
    const check = [0x0a, rule.length, ...rule];
    const block = Uint8Array.from([0x18, 3, 0x32, check.length, ...check]);
    expect(codeOf(() => read(block))).toBe("malformed-token");
  });
});
