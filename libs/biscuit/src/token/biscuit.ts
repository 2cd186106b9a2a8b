import type { Rule } from "../datalog/ast.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import type { EvaluationContext } from "../policy/evaluation.ts";
import { query, queryAll, queryExactlyOne, type Row } from "../policy/query.ts";
import { toBase64 } from "../wire/base64.ts";
import { writeEnvelope } from "../wire/envelope.ts";
import type { Block } from "./block.ts";
import {
  appendBlock,
  appendBlockAsync,
  type AppendOptions,
  appendThirdParty,
  appendThirdPartyAsync,
  sealToken,
  sealTokenAsync,
} from "./extend.ts";
import {
  type AsyncParseOptions,
  openToken,
  type ParseOptions,
  type Parsed,
  safely,
  safelyAsync,
  verifyToken,
  verifyTokenAsync,
} from "./open-token.ts";
import {
  type AsyncRootKeys,
  candidateKeys,
  candidateKeysAsync,
  type RootKeys,
} from "./root-keys.ts";
import { ThirdPartyBlock, ThirdPartyRequest } from "./third-party.ts";
import { type BlockDescription, describeBlocks, lastSignature, TokenData } from "./token-data.ts";
import { verifyChain, verifyChainAsync } from "./verify.ts";

/** What verified and unverified tokens have in common. Immutable. */
abstract class Token<Self> {
  readonly #data: TokenData;
  #blocks: readonly BlockDescription[] | undefined;

  protected constructor(data: TokenData) {
    this.#data = data;
  }

  /** For this library's own use. */
  get data(): TokenData {
    return this.#data;
  }

  /** Which root key the token says it was signed with. */
  get rootKeyId(): number | undefined {
    return this.#data.envelope.rootKeyId;
  }

  /** The authority block, then the others in order. */
  get blocks(): readonly BlockDescription[] {
    return (this.#blocks ??= describeBlocks(this.#data));
  }

  /**
   * Of each block, in hexadecimal: its signature, for P-256 in its canonical form. A token is revoked when any of its ids
   * is; ids of other implementations go through `canonicalRevocationId` before they are compared.
   */
  get revocationIds(): readonly string[] {
    return this.#data.revocationIds;
  }

  /** Whether nothing can be added any more. */
  get isSealed(): boolean {
    return this.#data.envelope.proof.kind === "seal";
  }

  /** A token that can do no more than this one. Needs no root key. Throws `sealed`, maybe `async-required`. */
  attenuate(block: Block, options: AppendOptions = {}): Self {
    return this.derive(appendBlock(this.#data, block.content, options));
  }

  /** As `attenuate`, on every platform. */
  async attenuateAsync(block: Block, options: AppendOptions = {}): Promise<Self> {
    return this.derive(await appendBlockAsync(this.#data, block.content, options));
  }

  /** The same token, closed to additions. Throws `sealed` when it is already, maybe `async-required`. */
  seal(): Self {
    return this.derive(sealToken(this.#data));
  }

  /** As `seal`, on every platform. */
  async sealAsync(): Promise<Self> {
    return this.derive(await sealTokenAsync(this.#data));
  }

  /** What a third party needs to make a block for this token, and nothing else of it. */
  thirdPartyRequest(): ThirdPartyRequest {
    if (this.isSealed)
      throw new BiscuitError("sealed", "the token is sealed: nothing can be added to it");
    return new ThirdPartyRequest(lastSignature(this.#data));
  }

  /** Adds a third party's block. Throws `sealed`, or `invalid-signature` when it was made for another token. */
  appendThirdParty(block: ThirdPartyBlock, options: AppendOptions = {}): Self {
    return this.derive(appendThirdParty(this.#data, block, options));
  }

  /** As `appendThirdParty`, on every platform. */
  async appendThirdPartyAsync(block: ThirdPartyBlock, options: AppendOptions = {}): Promise<Self> {
    return this.derive(await appendThirdPartyAsync(this.#data, block, options));
  }

  toBytes(): Uint8Array {
    return writeEnvelope(this.#data.envelope);
  }

  /** URL-safe base64. Whoever holds it holds the token: it is a secret. */
  toString(): string {
    return toBase64(this.toBytes());
  }

  protected abstract derive(data: TokenData): Self;
}

/** A token whose signatures have all been verified. */
export class Biscuit extends Token<Biscuit> {
  /**
   * Decodes and verifies a token: text (URL-safe base64, with or without padding and `biscuit:`) or bytes.
   * Throws `malformed-token`, `too-large`, `unsupported-version`, `revoked`, `unknown-root-key`, `invalid-signature` and the
   * like. Where many tokens are verified, a `TokenVerifier` does the same with caches.
   */
  static parse(token: string | Uint8Array, keys: RootKeys, options: ParseOptions = {}): Biscuit {
    return new Biscuit(verifyToken(openToken(token), keys, options).data);
  }

  /** As `parse`, but says in its result what is wrong. */
  static safeParse(
    token: string | Uint8Array,
    keys: RootKeys,
    options: ParseOptions = {},
  ): Parsed<Biscuit> {
    return safely(() => Biscuit.parse(token, keys, options));
  }

  /** As `parse`, on every platform, with keys and revocations that may come later, off the main thread where there is one. */
  static async parseAsync(
    token: string | Uint8Array,
    keys: RootKeys | AsyncRootKeys,
    options: AsyncParseOptions = {},
  ): Promise<Biscuit> {
    const { data } = await verifyTokenAsync(openToken(token), keys, options);
    return new Biscuit(data);
  }

  /** As `parseAsync`, but says in its result what is wrong with the token; other failures reject. */
  static async safeParseAsync(
    token: string | Uint8Array,
    keys: RootKeys | AsyncRootKeys,
    options: AsyncParseOptions = {},
  ): Promise<Parsed<Biscuit>> {
    return safelyAsync(() => Biscuit.parseAsync(token, keys, options));
  }

  /** For this library's own use: `data` must come from verified signatures. */
  static ofVerified(data: TokenData): Biscuit {
    return new Biscuit(data);
  }

  /**
   * What a rule gives on this token's facts: those of the authority block and of the context, or of the blocks that the
   * rule trusts. Checks are not looked at. Throws when an expression fails or a limit is reached.
   */
  query(rule: Rule, context: EvaluationContext = {}): readonly Row[] {
    return query(this.data, rule, context);
  }

  /** As `query`, over every block's facts. They are claims of whoever added the block: not for decisions. */
  queryAll(rule: Rule, context: EvaluationContext = {}): readonly Row[] {
    return queryAll(this.data, rule, context);
  }

  /** As `query`, for a rule that gives exactly one row. Throws `unexpected-result` otherwise. */
  queryExactlyOne(rule: Rule, context: EvaluationContext = {}): Row {
    return queryExactlyOne(this.data, rule, context);
  }

  protected override derive(data: TokenData): Biscuit {
    return new Biscuit(data);
  }
}

/** A token whose signatures nobody has looked at: it can be shown, attenuated and sealed, but not authorised. */
export class UnverifiedBiscuit extends Token<UnverifiedBiscuit> {
  /** Decodes a token without verifying it. Throws `malformed-token` and the like. */
  static parse(token: string | Uint8Array): UnverifiedBiscuit {
    const data = new TokenData(openToken(token));
    data.decode();
    return new UnverifiedBiscuit(data);
  }

  /** As `parse`, but says in its result what is wrong. */
  static safeParse(token: string | Uint8Array): Parsed<UnverifiedBiscuit> {
    return safely(() => UnverifiedBiscuit.parse(token));
  }

  /** Throws `unknown-root-key`, `invalid-signature` or `invalid-signature-format`. Revocation is the caller's to check. */
  verify(keys: RootKeys): Biscuit {
    const { envelope } = this.data;
    verifyChain(envelope, candidateKeys(keys, envelope.rootKeyId));
    return Biscuit.ofVerified(this.data);
  }

  /** As `verify`, on every platform. */
  async verifyAsync(keys: RootKeys | AsyncRootKeys): Promise<Biscuit> {
    const { envelope } = this.data;
    await verifyChainAsync(envelope, await candidateKeysAsync(keys, envelope.rootKeyId));
    return Biscuit.ofVerified(this.data);
  }

  protected override derive(data: TokenData): UnverifiedBiscuit {
    return new UnverifiedBiscuit(data);
  }
}
