import { describe, expect, it } from "vitest";
import { codeOf } from "./error-code.fixture.ts";
import {
  Biscuit,
  biscuit,
  block,
  blockFromSource,
  definePolicy,
  KeyPair,
  ThirdPartyBlock,
  ThirdPartyRequest,
  UnverifiedBiscuit,
} from "./index.ts";
import { LIMITS } from "./limits.ts";
import { readBlock } from "./wire/block-codec.ts";
import { MessageWriter } from "./wire/message-writer.ts";
import { SymbolTable } from "./wire/symbols.ts";

const root = KeyPair.fromSecret("ed25519", new Uint8Array(32).fill(9));
const message = (): MessageWriter => new MessageWriter();
const decode = (data: MessageWriter): unknown =>
  readBlock(data.finish(), SymbolTable.empty(), false);
const version = (): MessageWriter => message().uint(3, 6);
const key = message().uint(1, 0).bytes(2, root.publicKey.bytes);
const one = message().int64(2, 1);
const predicate = (...terms: readonly MessageWriter[]): MessageWriter =>
  terms.reduce((into, term) => into.message(2, term), message().uint(1, 0));
const fact = (...terms: readonly MessageWriter[]): MessageWriter =>
  message().message(1, predicate(...terms));
const set = (...terms: readonly MessageWriter[]): MessageWriter =>
  message().message(
    7,
    terms.reduce((into, term) => into.message(1, term), message()),
  );
const entry = (mapKey: MessageWriter): MessageWriter =>
  message().message(1, mapKey).message(2, one);
const map = (...entries: readonly MessageWriter[]): MessageWriter =>
  message().message(
    10,
    entries.reduce((into, each) => into.message(1, each), message()),
  );
const op = (field: number, inner: MessageWriter): MessageWriter => message().message(field, inner);
const value = op(1, one);
const closure = (...parameters: readonly number[]): MessageWriter =>
  op(4, parameters.reduce((into, each) => into.uint(1, each), message()).message(2, value));
const binary = (kind: number): MessageWriter => op(3, message().uint(1, kind));
const unary = (kind: number): MessageWriter => op(2, message().uint(1, kind));
const check = (...ops: readonly MessageWriter[]): MessageWriter =>
  message().message(
    1,
    message()
      .message(1, predicate())
      .message(
        3,
        ops.reduce((into, each) => into.message(1, each), message()),
      ),
  );

describe("a block's bytes", () => {
  it.each([
    ["without a version", message(), "unsupported-version"],
    ["of version 2", message().uint(3, 2), "unsupported-version"],
    ["of version 7", message().uint(3, 7), "unsupported-version"],
    ["whose version is text", message().text(3, "6"), "malformed-token"],
    ["with two versions", version().uint(3, 6), "malformed-token"],
    ["with two contexts", version().text(2, "a").text(2, "b"), "malformed-token"],
    ["whose context is no UTF-8", version().bytes(2, new Uint8Array([0xff])), "malformed-token"],
    ["with a symbol that is no UTF-8", message().bytes(1, new Uint8Array([0xc0, 0x80])).uint(3, 6), "malformed-token"],
    ["with a symbol that everybody knows", message().text(1, "read").uint(3, 6), "symbol-overlap"],
    ["with a symbol twice", message().text(1, "x").text(1, "x").uint(3, 6), "symbol-overlap"],
    ["with a public key twice", version().message(8, key).message(8, key), "symbol-overlap"],
    ["with a key of an unknown algorithm", version().message(8, message().uint(1, 2).bytes(2, root.publicKey.bytes)), "malformed-token"],
    ["with a key of the wrong size", version().message(8, message().uint(1, 0).bytes(2, new Uint8Array(31))), "invalid-key"],
    ["with an uncompressed P-256 key", version().message(8, message().uint(1, 1).bytes(2, new Uint8Array(33).fill(4))), "invalid-key"],
    ["with a fact without predicate", version().message(4, message()), "malformed-token"],
    ["with a predicate without name", version().message(4, message().message(1, message())), "malformed-token"],
    ["whose fact has an unknown name", version().message(4, message().message(1, message().uint(1, 28))), "unknown-symbol"],
    ["whose fact has a name of the gap before 1024", version().message(4, message().message(1, message().uint(1, 1023))), "unknown-symbol"],
    ["whose fact has a name beyond its symbols", version().message(4, message().message(1, message().uint(1, 1024))), "unknown-symbol"],
    ["whose fact has a name of 64 bits", version().message(4, message().message(1, message().uint(1, 2n ** 63n))), "unknown-symbol"],
    ["with a term that is nothing", version().message(4, fact(message())), "malformed-token"],
    ["with a term that is two things", version().message(4, fact(message().int64(2, 1).uint(3, 0))), "malformed-token"],
    ["with a string that is no symbol", version().message(4, fact(message().uint(3, 500))), "unknown-symbol"],
    ["with a variable in a fact", version().message(4, fact(message().uint(1, 0))), "malformed-token"],
    ["with a variable in a set", version().message(4, fact(set(message().uint(1, 0)))), "malformed-token"],
    ["with a set of two types", version().message(4, fact(set(one, message().bool(6, true)))), "malformed-token"],
    ["with a set of sets", version().message(4, fact(set(set(one)))), "malformed-token"],
    ["with a map with a key twice", version().message(4, fact(map(entry(message().int64(1, 1)), entry(message().int64(1, 1))))), "malformed-token"],
    ["with a map without a key", version().message(4, fact(map(message().message(2, one)))), "malformed-token"],
    ["with a map without a value", version().message(4, fact(map(message().message(1, message().int64(1, 1))))), "malformed-token"],
    ["with a map's key that is nothing", version().message(4, fact(map(entry(message())))), "malformed-token"],
    ["with a null that is a number", version().message(4, fact(message().uint(8, 0))), "malformed-token"],
    ["with a rule without head", version().message(5, message()), "malformed-token"],
    ["with a check of an unknown kind", version().message(6, check(value).uint(2, 3)), "malformed-token"],
    ["with a check whose query has no head", version().message(6, message().message(1, message())), "malformed-token"],
    ["with an expression of nothing", version().message(6, check()), "malformed-token"],
    ["with an operation that is nothing", version().message(6, check(message())), "malformed-token"],
    ["with an operation that is two things", version().message(6, check(message().message(1, one).message(2, message().uint(1, 0)))), "malformed-token"],
    ["with an expression of two values", version().message(6, check(value, value)), "malformed-token"],
    ["with an operator without operands", version().message(6, check(binary(9))), "malformed-token"],
    ["with an operator with one operand of two", version().message(6, check(value, binary(9))), "malformed-token"],
    ["with a unary operator without operand", version().message(6, check(unary(0))), "malformed-token"],
    ["with an unknown unary operator", version().message(6, check(value, unary(5))), "malformed-token"],
    ["with an unknown binary operator", version().message(6, check(value, value, binary(30))), "malformed-token"],
    ["with a closure as its value", version().message(6, check(closure())), "malformed-token"],
    ["with a closure that nobody takes", version().message(6, check(value, closure(), binary(9))), "malformed-token"],
    ["with a lazy operator without closure", version().message(6, check(value, value, binary(23))), "malformed-token"],
    ["with a lazy operator whose closure has a parameter", version().message(6, check(value, closure(1), binary(23))), "malformed-token"],
    ["with all() without a parameter", version().message(6, check(value, closure(), binary(25))), "malformed-token"],
    ["with any() with two parameters", version().message(6, check(value, closure(1, 2), binary(26))), "malformed-token"],
    ["with try_or whose closure stands on the right", version().message(6, check(value, closure(), binary(29))), "malformed-token"],
    ["with an external call without a name", version().message(6, check(value, unary(4))), "malformed-token"],
    ["with an external call of an unknown name", version().message(6, check(value, op(2, message().uint(1, 4).uint(2, 999)))), "unknown-symbol"],
    ["with a scope that is nothing", version().message(7, message()), "malformed-token"],
    ["with a scope of an unknown kind", version().message(7, message().uint(1, 2)), "malformed-token"],
    ["with a scope whose key is not there", version().message(7, message().int64(2, 0)), "unknown-public-key"],
    ["with a scope whose key has a negative index", version().message(7, message().int64(2, -1)), "unknown-public-key"],
    ["with a scope in version 3", message().uint(3, 3).message(7, message().uint(1, 0)), "feature-above-version"],
    ["with check all in version 3", message().uint(3, 3).message(6, check(value).uint(2, 1)), "feature-above-version"],
    ["with reject if in version 5", message().uint(3, 5).message(6, check(value).uint(2, 2)), "feature-above-version"],
    ["with null in version 5", message().uint(3, 5).message(4, fact(message().message(8, message()))), "feature-above-version"],
    ["with a bitwise operator in version 3", message().uint(3, 3).message(6, check(value, value, binary(17))), "feature-above-version"],
    ["with !== in version 3", message().uint(3, 3).message(6, check(value, value, binary(20))), "feature-above-version"],
    ["with == in version 5", message().uint(3, 5).message(6, check(value, value, binary(21))), "feature-above-version"],
    ["with .type() in version 5", message().uint(3, 5).message(6, check(value, unary(3))), "feature-above-version"],
    ["with a closure in version 5", message().uint(3, 5).message(6, check(value, closure(), binary(23))), "feature-above-version"],
  ])("%s are refused", (_, data, code) => {
    expect(codeOf(() => decode(data))).toBe(code);
  }); // prettier-ignore

  it.each([
    ["more terms than a predicate has", version().message(4, fact(...Array.from({ length: LIMITS.arity + 1 }, () => one)))],
    ["more predicates than a body has", version().message(5, Array.from({ length: LIMITS.bodyPredicates + 1 }, () => predicate(one)).reduce((into, each) => into.message(2, each), message().message(1, predicate())))],
    ["terms deeper than they go", version().message(4, fact(Array.from({ length: LIMITS.termDepth + 1 }).reduce<MessageWriter>((inner) => message().message(9, message().message(1, inner)), one)))],
    ["expressions deeper than they go", version().message(6, check(value, ...Array.from({ length: LIMITS.expressionDepth }, () => unary(1))))],
    ["closures deeper than they go", version().message(6, check(value, Array.from({ length: LIMITS.expressionDepth }).reduce<MessageWriter>((inner) => op(4, message().message(2, inner)), value), binary(23)))],
    ["more fields than a token has", Array.from({ length: LIMITS.fields + 1 }).reduce<MessageWriter>((into) => into.uint(100, 1), version())],
    ["one long text meant by many terms", Array.from({ length: 1000 }).reduce<MessageWriter>((into) => into.message(4, fact(message().uint(3, 1024))), message().text(1, "x".repeat(30_000)).uint(3, 6))],
  ])("with %s are too large", (_, data) => {
    expect(codeOf(() => decode(data))).toBe("too-large");
  }); // prettier-ignore
});

const sealed = biscuit`user("a");`.sign(root).seal().toBytes();
const token = biscuit`user("a");`.sign(root);

describe("a token's bytes", () => {
  const cut = Array.from({ length: 12 }, (_, i) => Math.floor((i * token.toBytes().length) / 12));
  it.each(cut)("are refused when cut after %i bytes", (length) => {
    expect(codeOf(() => UnverifiedBiscuit.parse(token.toBytes().slice(0, length)))).not.toBe(
      "no error",
    );
  });

  it.each([
    ["a group", [0x0b]],
    ["the end of a group", [0x0c]],
    ["a reserved wire type", [0x0e]],
    ["a field numbered 0", [0x00, 0x00]],
    ["a length beyond the end", [0x12, 0xff, 0xff, 0x03]],
    ["a length of 64 bits", [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ["a number of eleven bytes", [0x08, ...Array<number>(10).fill(0x80), 0x01]],
    ["a number above 64 bits", [0x08, ...Array<number>(9).fill(0xff), 0x02]],
    ["a number without end", [0x08, 0x80]],
    ["an authority block twice", [0x12, 0x00, 0x12, 0x00]],
  ])("are refused with %s", (_, bytes) => {
    expect(codeOf(() => UnverifiedBiscuit.parse(Uint8Array.from(bytes)))).toBe("malformed-token");
  });

  it("may hold fields that nobody knows, of every wire type that is used", () => {
    const more = [
      ...token.toBytes(),
      0xa0,
      0x06,
      0x01,
      0xa1,
      0x06,
      ...Array<number>(8).fill(1),
      0xa5,
      0x06,
      1,
      1,
      1,
      1,
      0xa2,
      0x06,
      0x00,
    ];
    expect(Biscuit.parse(Uint8Array.from(more), root.publicKey).blocks).toHaveLength(1);
  });

  it.each([
    ["the standard alphabet", (text: string) => `${text.slice(0, -4)}+/==`],
    ["a blank within", (text: string) => `${text.slice(0, 8)} ${text.slice(8)}`],
    ["a line feed within", (text: string) => `${text.slice(0, 8)}\n${text.slice(8)}`],
    ["padding within", (text: string) => `${text.slice(0, 8)}=${text.slice(8)}`],
    ["one character too few", (text: string) => text.replace(/=*$/, "").slice(0, -1)],
    ["three signs of padding", (text: string) => `${text}===`],
    ["a letter of another alphabet", (text: string) => `é${text.slice(1)}`],
    ["a lone surrogate", (text: string) => `\ud800${text.slice(1)}`],
    ["the prefix twice", (text: string) => `biscuit:biscuit:${text}`],
    ["the prefix in capitals", (text: string) => `BISCUIT:${text}`],
    ["nothing but the prefix", () => "biscuit:"],
  ])("are no text with %s", (_, change) => {
    expect(codeOf(() => Biscuit.parse(change(token.toString()), root.publicKey))).not.toBe(
      "no error",
    );
  });

  it("are text with padding and without, with the prefix and without", () => {
    const bare = token.toString().replace(/=+$/, "");
    for (const text of [bare, `biscuit:${bare}`, token.toString(), ` ${token.toString()}\n`]) {
      expect(Biscuit.parse(text, root.publicKey).toString()).toBe(token.toString());
    }
  });

  it.each([0, 1, 40, 100, 150, sealed.length - 1])(
    "are refused when byte %i of a sealed token is changed",
    (at) => {
      const changed = sealed.map((byte, i) => (i === at ? byte ^ 1 : byte));
      expect(codeOf(() => Biscuit.parse(changed, root.publicKey))).not.toBe("no error");
    },
  );
});

describe("what a third party sends and gets", () => {
  const request = token.thirdPartyRequest();
  const answer = request.createBlock(root, block`a(1);`);
  it.each([
    ["nothing", new Uint8Array()],
    ["another message", token.toBytes()],
    ["half of it", request.toBytes().slice(0, 20)],
    ["a legacy previous key", message().message(1, key).bytes(3, new Uint8Array(64)).finish()],
    ["legacy public keys", message().message(2, key).bytes(3, new Uint8Array(64)).finish()],
  ])("is no request from %s", (_, bytes) => {
    expect(codeOf(() => ThirdPartyRequest.parse(bytes))).not.toBe("no error");
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["half of it", answer.toBytes().slice(0, 20)],
    ["a payload without signature", message().bytes(1, new Uint8Array(4)).finish()],
    [
      "a signature without key",
      message()
        .bytes(1, new Uint8Array(4))
        .message(2, message().bytes(1, new Uint8Array(64)))
        .finish(),
    ],
  ])("is no block from %s", (_, bytes) => {
    expect(codeOf(() => ThirdPartyBlock.parse(bytes))).not.toBe("no error");
  });

  it("is refused when its Datalog is broken, though its signature holds", () => {
    const empty = ThirdPartyBlock.parse(answer.toBytes());
    expect(codeOf(() => token.appendThirdParty(empty))).toBe("no error");
    const other = biscuit`user("b");`
      .sign(root)
      .thirdPartyRequest()
      .createBlock(root, block`a(1);`);
    expect(codeOf(() => token.appendThirdParty(other))).toBe("invalid-signature");
  });
});

describe("source", () => {
  const deep = (open: string, close: string, times: number): string =>
    `check if ${open.repeat(times)}1${close.repeat(times)} == 1`;
  it.each([
    ["parentheses", deep("(", ")", 100), "too-large"],
    ["arrays", deep("[", "]", 100), "too-large"],
    ["maps", deep('{"a": ', "}", 100), "too-large"],
    ["negations", `check if ${"!".repeat(100)}true`, "too-large"],
    ["calls", `check if ${'"a".contains('.repeat(100)}"a"${")".repeat(100)}`, "too-large"],
    ["closures", `check if ${"[1].all($x -> ".repeat(100)}true${")".repeat(100)}`, "too-large"],
    ["a row of operators", `check if ${"1 + ".repeat(600)}1 == 1`, "too-large"],
    [
      "a row of comparisons in parentheses",
      `check if ${"(1 == ".repeat(100)}1${")".repeat(100)}`,
      "too-large",
    ],
    ["terms", `a(${"1, ".repeat(200)}1)`, "too-large"],
    ["predicates", `check if ${"a(1), ".repeat(200)}a(1)`, "too-large"],
    ["characters", "a(1);".repeat(10_000), "too-large"],
    ["parentheses that are not closed", `check if ${"(".repeat(5000)}`, "too-large"],
    ["brackets that are not closed", `a(${"[".repeat(5000)}`, "too-large"],
  ])("is refused with too many %s", (_, text, code) => {
    expect(codeOf(() => blockFromSource(text))).toBe(code);
  });

  it.each([
    "\ud800",
    "a(\ud800);",
    'a("\ud800");',
    "\u0000",
    "a(1)\u0000;",
    "\ufffc",
    "a(\ufffc);",
    "\u2028",
    "𝄞(1);",
  ])("is refused with characters of no meaning: %j", (text) => {
    expect(codeOf(() => definePolicy(text))).toBe("syntax");
  });
});
