import { KeyPair } from "../crypto/key-pair.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import type { Rule } from "../datalog/ast.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import type { EvaluationContext } from "../policy/evaluation.ts";
import { query, queryAll, queryExactlyOne, type Row } from "../policy/query.ts";
import { fromBase64, toBase64 } from "../wire/base64.ts";
import { type Envelope, readEnvelope, writeEnvelope } from "../wire/envelope.ts";
import type { Block } from "./block.ts";
import { verifyChain } from "./chain.ts";
import { chooseRootKey, type RootKeys } from "./root-keys.ts";
import { ThirdPartyBlock, ThirdPartyRequest } from "./third-party.ts";
import {
  appendBlock,
  appendExternal,
  type AppendOptions,
  type BlockDescription,
  decodeBlocks,
  describeBlocks,
  lastSignature,
  revocationIdsOf,
  sealToken,
  type TokenData,
} from "./token-data.ts";

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
    return revocationIdsOf(this.#data);
  }

  /** Whether nothing can be added any more. */
  get isSealed(): boolean {
    return this.#data.envelope.proof.kind === "seal";
  }

  /** A token that can do no more than this one. Needs no root key. Throws `sealed`. */
  attenuate(block: Block, options: AppendOptions = {}): Self {
    return this.derive(appendBlock(this.#data, block.content, options));
  }

  /** The same token, closed to additions. Throws `sealed` when it is already. */
  seal(): Self {
    return this.derive(sealToken(this.#data));
  }

  /** What a third party needs to make a block for this token, and nothing else of it. */
  thirdPartyRequest(): ThirdPartyRequest {
    if (this.isSealed)
      throw new BiscuitError("sealed", "the token is sealed: nothing can be added to it");
    return new ThirdPartyRequest(lastSignature(this.#data));
  }

  /** Adds a third party's block. Throws `sealed`, or `invalid-signature` when it was made for another token. */
  appendThirdParty(block: ThirdPartyBlock, options: AppendOptions = {}): Self {
    return this.derive(appendExternal(this.#data, block.payload, block.external, options));
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

const bytesOf = (token: string | Uint8Array): Uint8Array =>
  typeof token === "string" ? fromBase64(token.trim()) : token;

/** The public key of a token's secret, which has the algorithm of its last block's next key. */
function verifyEnvelope(envelope: Envelope, keys: RootKeys): void {
  const last = envelope.blocks.at(-1) ?? envelope.blocks[0];
  const nextOf = (secret: Uint8Array): PublicKey =>
    KeyPair.fromSecret(last.nextKey.algorithm, secret).publicKey;
  verifyChain(envelope, chooseRootKey(keys, envelope.rootKeyId), nextOf);
}

/** A token whose signatures have all been verified. */
export class Biscuit extends Token<Biscuit> {
  /**
   * Decodes and verifies a token: text (URL-safe base64, with or without padding and `biscuit:`) or bytes.
   * Throws `malformed-token`, `too-large`, `unsupported-version`, `invalid-signature` and the like.
   */
  static parse(token: string | Uint8Array, keys: RootKeys): Biscuit {
    const envelope = readEnvelope(bytesOf(token));
    // Before the Datalog is decoded: nobody but a trusted signer gets to choose what the decoder sees.
    verifyEnvelope(envelope, keys);
    return new Biscuit(decodeBlocks(envelope));
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
    return new UnverifiedBiscuit(decodeBlocks(readEnvelope(bytesOf(token))));
  }

  /** Throws `unknown-root-key`, `invalid-signature` or `invalid-signature-format`. */
  verify(keys: RootKeys): Biscuit {
    verifyEnvelope(this.data.envelope, keys);
    return Biscuit.ofVerified(this.data);
  }

  protected override derive(data: TokenData): UnverifiedBiscuit {
    return new UnverifiedBiscuit(data);
  }
}
