import { PublicKey } from "../crypto/public-key.ts";
import type { BlockContent, Fact } from "../datalog/ast.ts";
import { Cursor } from "../syntax/cursor.ts";
import { parseBlock } from "../syntax/parse-program.ts";
import { isValue, parseText, parseValue } from "../syntax/parse-term.ts";
import { reading } from "../syntax/problem.ts";
import { tokens } from "../syntax/scan.ts";
import { Source } from "../syntax/source.ts";
import type { ParameterInput } from "../syntax/source-parameters.ts";
import { lazyPattern } from "../values/lazy-pattern.ts";
import { parseExpectation } from "./parse-expectation.ts";
import type { Expectation, TestCase, TestPolicy, TestToken } from "./test-file.ts";

/** Gives the text of a file that a test file names, as it names it. */
export type PolicyLoader = (path: string) => string;

const NAME = lazyPattern(String.raw`[\p{L}_][\p{L}\p{N}_-]*`, "uy");
const PARAMETER_NAME = /[A-Za-z][A-Za-z0-9_:]*/y;
const KEY = /(?:ed25519|secp256r1)\/[0-9a-fA-F]+/y;

/** What a test case is made of while it is read. */
interface Draft {
  policy: TestPolicy | undefined;
  token: TestToken | undefined;
  readonly facts: Fact[];
  readonly parameters: Record<string, ParameterInput>;
  expectation: Expectation | undefined;
  readonly reasons: string[];
}

/** The cases of a test file. Throws `syntax` and the like with a position in the test file. */
export function parseTestFile(text: string, load: PolicyLoader): readonly TestCase[] {
  const source = Source.of(text);
  return reading(source, () => new TestFileParser(source, load).run());
}

class TestFileParser {
  readonly #cursor: Cursor;
  readonly #load: PolicyLoader;
  readonly #keys = new Map<string, PublicKey>();
  readonly #tokens = new Map<string, TestToken>();
  readonly #facts: Fact[] = [];
  readonly #cases: TestCase[] = [];
  #policy: TestPolicy | undefined;

  constructor(source: Source, load: PolicyLoader) {
    this.#cursor = new Cursor(source, true);
    this.#load = load;
  }

  run(): readonly TestCase[] {
    const cursor = this.#cursor;
    for (cursor.skipBlank(); !cursor.done; cursor.skipBlank()) this.#declaration();
    return this.#cases;
  }

  #declaration(): void {
    const cursor = this.#cursor;
    const at = cursor.offset;
    if (cursor.tryWord("policy")) this.#policy = this.#parsePolicy();
    else if (cursor.tryWord("key")) this.#parseKey();
    else if (cursor.tryWord("token")) this.#parseToken();
    else if (cursor.tryWord("facts")) this.#facts.push(...this.#parseFacts());
    else if (cursor.tryWord("test")) this.#parseCase(at);
    else throw cursor.unexpected(["policy", "key", "token", "facts", "test"]);
  }

  #parsePolicy(): TestPolicy {
    const cursor = this.#cursor;
    cursor.skipBlank();
    if (cursor.startsWith("{")) return { name: "policy of the test file", source: this.#braces() };
    const name = this.#quoted("a path or { … }");
    this.#end();
    return { name, source: this.#load(name) };
  }

  #parseKey(): void {
    const at = this.#cursor.offset;
    const name = this.#newName(this.#keys, at);
    this.#cursor.expect("=", "the name of a key");
    this.#keys.set(name, this.#publicKey());
    this.#end();
  }

  #publicKey(): PublicKey {
    const cursor = this.#cursor;
    cursor.skipBlank();
    const text = cursor.tryMatch(KEY)?.[0];
    if (text !== undefined) return PublicKey.fromString(text);
    const name = cursor.tryMatch(NAME())?.[0] ?? "";
    const key = this.#keys.get(name);
    if (key === undefined)
      throw cursor.unexpected(["ed25519/…", "secp256r1/…", ...this.#keys.keys()]);
    return key;
  }

  /** `token name { … }`, `token name from other { … }`, `token name from other signed by key { … }` */
  #parseToken(): void {
    const cursor = this.#cursor;
    const at = cursor.offset;
    const name = this.#newName(this.#tokens, at);
    cursor.skipBlank();
    const parent = cursor.tryWord("from") ? this.#knownToken() : [];
    cursor.skipBlank();
    const signer = cursor.tryKeywords(["signed", "by"]) ? this.#publicKey() : undefined;
    if (signer !== undefined && parent.length === 0) {
      throw cursor.error("the first block is signed by the root key, not by a third party");
    }
    this.#tokens.set(name, [...parent, { content: this.#parseBlock(), signer }]);
  }

  #newName(known: ReadonlyMap<string, unknown>, at: number): string {
    this.#cursor.skipBlank();
    const name = this.#cursor.tryMatch(NAME())?.[0];
    if (name === undefined) throw this.#cursor.unexpected(["a name"]);
    if (!known.has(name)) return name;
    throw this.#cursor.error(`${JSON.stringify(name)} is there already`, [], "syntax", at);
  }

  #knownToken(): TestToken {
    const cursor = this.#cursor;
    cursor.skipBlank();
    const at = cursor.offset;
    const name = cursor.tryMatch(NAME())?.[0] ?? "";
    const token = this.#tokens.get(name);
    if (token !== undefined) return token;
    const names = [...this.#tokens.keys()];
    const there = names.length === 0 ? "none is declared yet" : `there are ${names.join(", ")}`;
    throw cursor.error(`there is no token ${JSON.stringify(name)}; ${there}`, names, "syntax", at);
  }

  #parseBlock(): BlockContent {
    return parseBlock(Source.of(this.#braces()));
  }

  #parseFacts(): readonly Fact[] {
    this.#cursor.skipBlank();
    const at = this.#cursor.offset;
    const { facts, rules, checks, scopes } = this.#parseBlock();
    if (rules.length + checks.length + scopes.length === 0) return facts;
    throw this.#cursor.error("only facts can stand here", ["facts"], "syntax", at);
  }

  /** What stands in braces, with everything else of the file blank, so that positions are the file's. */
  #braces(): string {
    const cursor = this.#cursor;
    cursor.expect("{", "this");
    const start = cursor.offset;
    const { text } = cursor.source;
    let depth = 1;
    for (const token of tokens(text, start)) {
      if (token.text === "{") depth++;
      if (token.text === "}") depth--;
      if (depth > 0) continue;
      cursor.rewind(token.end);
      return text.slice(0, start).replaceAll(/[^\n]/g, " ") + text.slice(start, token.start);
    }
    throw cursor.error("this brace is not closed", ['"}"'], "syntax", start - 1);
  }

  #quoted(what: string): string {
    this.#cursor.skipBlank();
    if (!this.#cursor.startsWith('"')) throw this.#cursor.unexpected([what]);
    return parseText(this.#cursor);
  }

  #end(): void {
    this.#cursor.expect(";", "this");
  }

  #parseCase(at: number): void {
    const cursor = this.#cursor;
    const name = this.#quoted("the name of the test in quotes");
    cursor.expect("{", "the name of the test");
    const draft: Draft = {
      policy: this.#policy,
      token: undefined,
      facts: [...this.#facts],
      parameters: {},
      expectation: undefined,
      reasons: [],
    };
    for (cursor.skipBlank(); !cursor.tryText("}"); cursor.skipBlank()) this.#part(draft);
    const { policy, expectation, ...rest } = draft;
    if (policy === undefined)
      throw cursor.error(`${JSON.stringify(name)} has no policy`, ["policy"], "syntax", at);
    if (expectation === undefined) {
      throw cursor.error(`${JSON.stringify(name)} expects nothing`, ["expect"], "syntax", at);
    }
    const { line } = cursor.source.position(at);
    this.#cases.push({ name, line, policy, expectation, ...rest });
  }

  /** `parameters { now = 2030-01-01T00:00:00Z; owner = ed25519/…; }` */
  #parseParameters(into: Record<string, ParameterInput>): void {
    const cursor = this.#cursor;
    cursor.expect("{", "parameters");
    for (cursor.skipBlank(); !cursor.tryText("}"); cursor.skipBlank()) {
      const name = cursor.tryMatch(PARAMETER_NAME)?.[0];
      if (name === undefined) throw cursor.unexpected(["the name of a parameter", '"}"']);
      cursor.expect("=", "the name of a parameter");
      into[name] = this.#parseInput();
      this.#end();
    }
  }

  #parseInput(): ParameterInput {
    const cursor = this.#cursor;
    cursor.skipBlank();
    const at = cursor.offset;
    if (cursor.tryMatch(KEY) === undefined) return this.#ground(at);
    cursor.rewind(at);
    return this.#publicKey();
  }

  #ground(at: number): ParameterInput {
    const value = parseValue(this.#cursor);
    if (isValue(value)) return value;
    throw this.#cursor.error("only a value or a public key can stand here", [], "syntax", at);
  }

  #part(draft: Draft): void {
    const cursor = this.#cursor;
    if (cursor.tryWord("policy")) draft.policy = this.#parsePolicy();
    else if (cursor.tryWord("token")) {
      draft.token = this.#knownToken();
      this.#end();
    } else if (cursor.tryWord("facts")) draft.facts.push(...this.#parseFacts());
    else if (cursor.tryWord("parameters")) this.#parseParameters(draft.parameters);
    else if (cursor.tryWord("expect")) {
      draft.expectation = parseExpectation(cursor);
      cursor.skipBlank();
      if (cursor.tryWord("because")) draft.reasons.push(this.#quoted("a text in quotes"));
      this.#end();
    } else throw cursor.unexpected(["policy", "token", "facts", "parameters", "expect", '"}"']);
  }
}
