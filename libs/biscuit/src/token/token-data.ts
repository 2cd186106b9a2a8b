import { canonicalSignature } from "../crypto/ecdsa-der.ts";
import { KeyPair } from "../crypto/key-pair.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import type { BlockContent } from "../datalog/ast.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { printBlock } from "../syntax/print-statement.ts";
import { fromHex, toHex } from "../values/hex.ts";
import { type DecodedBlock, readBlock, writeBlock } from "../wire/block-codec.ts";
import type { Envelope, ExternalSignature } from "../wire/envelope.ts";
import { SymbolTable } from "../wire/symbols.ts";
import { checkSignature, signBlock, signSeal, type UnsignedBlock } from "./chain.ts";
import { externalPayload } from "../crypto/payload.ts";

/** A block of a token, decoded. */
export interface TokenBlock extends DecodedBlock {
  readonly externalKey: PublicKey | undefined;
}

/** A token as its message and what the message means. Immutable; says nothing about signatures. */
export interface TokenData {
  readonly envelope: Envelope;
  readonly blocks: readonly TokenBlock[];
  /** Of first-party blocks together: where the next one goes on. Copy before adding to it. */
  readonly symbols: SymbolTable;
}

/** What a token tells about one of its blocks. */
export interface BlockDescription {
  /** Datalog, one statement a line. */
  readonly source: string;
  /** 3 to 6. */
  readonly version: number;
  readonly context: string | undefined;
  /** Of the third party that signed it. */
  readonly externalKey: PublicKey | undefined;
  /** Hexadecimal; see `revocationIds` of a token. */
  readonly revocationId: string;
}

/** Options of everything that adds a block. */
export interface AppendOptions {
  /** For the next block's holder; a new Ed25519 pair unless given. Only tests should give it. */
  readonly nextKeyPair?: KeyPair;
}

export function decodeBlocks(envelope: Envelope): TokenData {
  const symbols = SymbolTable.empty();
  const blocks = envelope.blocks.map(({ data, external }): TokenBlock => {
    const isThirdParty = external !== undefined;
    const decoded = readBlock(data, isThirdParty ? SymbolTable.empty() : symbols, isThirdParty);
    return { ...decoded, externalKey: external?.publicKey };
  });
  return { envelope, blocks, symbols };
}

/**
 * What identifies each block when it is revoked: its signature. Of the two forms that a P-256 signature has it is the
 * canonical one, so that whoever holds the token cannot escape a revocation by sending the other.
 */
export function revocationIdsOf(data: TokenData): string[] {
  return data.envelope.blocks.map(({ signature }) => toHex(canonicalSignature(signature)));
}

/**
 * The form in which this library gives revocation ids, for ids from elsewhere: hexadecimal of a signature, whose P-256 form
 * may be either of two. Throws `invalid-value` when it is not hexadecimal.
 */
export function canonicalRevocationId(id: string): string {
  const signature = fromHex(id);
  if (signature !== undefined) return toHex(canonicalSignature(signature));
  throw new BiscuitError("invalid-value", "a revocation id is hexadecimal");
}

export function describeBlocks(data: TokenData): BlockDescription[] {
  const ids = revocationIdsOf(data);
  return data.blocks.map((block, i) => ({
    source: printBlock(block.content),
    version: block.version,
    context: block.content.context,
    externalKey: block.externalKey,
    revocationId: ids[i] ?? "",
  }));
}

/** The key pair of the token's secret. Throws `sealed` when there is none any more. */
function holderKey(envelope: Envelope): KeyPair {
  if (envelope.proof.kind === "seal") {
    throw new BiscuitError("sealed", "the token is sealed: nothing can be added to it");
  }
  return KeyPair.fromSecret(lastBlock(envelope).nextKey.algorithm, envelope.proof.secret);
}

const lastBlock = (envelope: Envelope): Envelope["blocks"][0] =>
  envelope.blocks.at(-1) ?? envelope.blocks[0];

/** The first block, signed with the root key. */
export function signAuthority(
  content: BlockContent,
  root: KeyPair,
  rootKeyId: number | undefined,
  options: AppendOptions,
): TokenData {
  const symbols = SymbolTable.empty();
  const unsigned = writeBlock(content, symbols, false);
  const next = options.nextKeyPair ?? KeyPair.generate();
  const authority = signBlock(unsigned, root, next.publicKey, []);
  return decodeBlocks({
    rootKeyId,
    blocks: [authority],
    proof: { kind: "secret", secret: next.secret },
  });
}

function appendSigned(data: TokenData, unsigned: UnsignedBlock, options: AppendOptions): TokenData {
  const { envelope } = data;
  const next = options.nextKeyPair ?? KeyPair.generate();
  const block = signBlock(unsigned, holderKey(envelope), next.publicKey, envelope.blocks);
  return decodeBlocks({
    rootKeyId: envelope.rootKeyId,
    blocks: [...envelope.blocks, block],
    proof: { kind: "secret", secret: next.secret },
  });
}

/** Adds a first-party block. Throws `sealed`. */
export function appendBlock(
  data: TokenData,
  content: BlockContent,
  options: AppendOptions,
): TokenData {
  return appendSigned(data, writeBlock(content, data.symbols.copy(), false), options);
}

/** Adds a block that a third party signed for this token. Throws `invalid-signature` when it was for another one. */
export function appendExternal(
  data: TokenData,
  payload: Uint8Array,
  external: ExternalSignature,
  options: AppendOptions,
): TokenData {
  const previous = lastBlock(data.envelope).signature;
  const what = "the third party's signature";
  checkSignature(external.publicKey, externalPayload(payload, previous), external.signature, what);
  const { version } = readBlock(payload, SymbolTable.empty(), true);
  return appendSigned(data, { data: payload, version, external }, options);
}

/** Closes the token for good. Throws `sealed` when it is closed already. */
export function sealToken(data: TokenData): TokenData {
  const { envelope } = data;
  const signature = signSeal(lastBlock(envelope), holderKey(envelope));
  return { ...data, envelope: { ...envelope, proof: { kind: "seal", signature } } };
}

/** What a third party's signature is bound to. */
export const lastSignature = (data: TokenData): Uint8Array => lastBlock(data.envelope).signature;
