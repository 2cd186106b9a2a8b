import { KeyPair } from "../crypto/key-pair.ts";
import { externalPayload } from "../crypto/payload.ts";
import { type AsyncSigner, type Signer, signWith, signWithAsync } from "../crypto/signer.ts";
import type { BlockContent } from "../datalog/ast.ts";
import { readBlock, writeBlock } from "../wire/block-codec.ts";
import type { Envelope, SignedBlock } from "../wire/envelope.ts";
import { SymbolTable } from "../wire/symbols.ts";
import {
  type BlockToSign,
  blockToSign,
  checkSignature,
  checkSignatureAsync,
  lastBlock,
  sealOf,
  type SignatureCheck,
  type UnsignedBlock,
} from "./chain.ts";
import type { ThirdPartyBlock } from "./third-party.ts";
import { lastSignature, TokenData } from "./token-data.ts";

/** Options of everything that adds a block. */
export interface AppendOptions {
  /** For the next block's holder; a new Ed25519 pair unless given. Only tests should give it. */
  readonly nextKeyPair?: KeyPair;
}

/** A token that lacks one signature. */
interface Pending<Key> {
  readonly block: BlockToSign;
  readonly signer: Key;
  readonly complete: (block: SignedBlock) => TokenData;
}

function finish<Key extends Signer>({ block, signer, complete }: Pending<Key>): TokenData {
  return complete(block.withSignature(signWith(signer, block.payload)));
}

async function finishAsync({
  block,
  signer,
  complete,
}: Pending<Signer | AsyncSigner>): Promise<TokenData> {
  return complete(block.withSignature(await signWithAsync(signer, block.payload)));
}

function pendingAuthority<Key extends Signer | AsyncSigner>(
  content: BlockContent,
  signer: Key,
  rootKeyId: number | undefined,
  options: AppendOptions,
): Pending<Key> {
  const next = options.nextKeyPair ?? KeyPair.generate();
  const unsigned = writeBlock(content, SymbolTable.empty(), false);
  return {
    block: blockToSign(unsigned, signer.publicKey, next.publicKey, []),
    signer,
    complete: (authority) => openToken(rootKeyId, [authority], next),
  };
}

function openToken(
  rootKeyId: number | undefined,
  blocks: Envelope["blocks"],
  holder: KeyPair,
): TokenData {
  const proof = { kind: "secret", secret: holder.secret } as const;
  return new TokenData({ rootKeyId, blocks, proof }, holder);
}

function pendingBlock(
  data: TokenData,
  unsigned: UnsignedBlock,
  options: AppendOptions,
): Pending<KeyPair> {
  const { holder, envelope } = data;
  const next = options.nextKeyPair ?? KeyPair.generate();
  return {
    block: blockToSign(unsigned, holder.publicKey, next.publicKey, envelope.blocks),
    signer: holder,
    complete: (block) => openToken(envelope.rootKeyId, [...envelope.blocks, block], next),
  };
}

/** The first block, signed with the root key. Throws `signer-failed`. */
export const signAuthority = (
  content: BlockContent,
  root: Signer,
  rootKeyId: number | undefined,
  options: AppendOptions,
): TokenData => finish(pendingAuthority(content, root, rootKeyId, options));

/** As `signAuthority`, with a key that may be far away. */
export const signAuthorityAsync = async (
  content: BlockContent,
  root: Signer | AsyncSigner,
  rootKeyId: number | undefined,
  options: AppendOptions,
): Promise<TokenData> => finishAsync(pendingAuthority(content, root, rootKeyId, options));

const firstParty = (data: TokenData, content: BlockContent): UnsignedBlock =>
  writeBlock(content, data.symbols.copy(), false);

/** Adds a first-party block. Throws `sealed`. */
export const appendBlock = (
  data: TokenData,
  content: BlockContent,
  options: AppendOptions,
): TokenData => finish(pendingBlock(data, firstParty(data, content), options));

export const appendBlockAsync = async (
  data: TokenData,
  content: BlockContent,
  options: AppendOptions,
): Promise<TokenData> => finishAsync(pendingBlock(data, firstParty(data, content), options));

function thirdPartyCheck(data: TokenData, { payload, external }: ThirdPartyBlock): SignatureCheck {
  return {
    key: external.publicKey,
    payload: externalPayload(payload, lastSignature(data)),
    signature: external.signature,
    what: "the third party's signature",
  };
}

function thirdParty({ payload, external }: ThirdPartyBlock): UnsignedBlock {
  const { version } = readBlock(payload, SymbolTable.empty(), true);
  return { data: payload, version, external };
}

/** Adds a block that a third party signed for this token. Throws `invalid-signature` when it was for another one. */
export function appendThirdParty(
  data: TokenData,
  block: ThirdPartyBlock,
  options: AppendOptions,
): TokenData {
  checkSignature(thirdPartyCheck(data, block));
  return finish(pendingBlock(data, thirdParty(block), options));
}

export async function appendThirdPartyAsync(
  data: TokenData,
  block: ThirdPartyBlock,
  options: AppendOptions,
): Promise<TokenData> {
  await checkSignatureAsync(thirdPartyCheck(data, block));
  return finishAsync(pendingBlock(data, thirdParty(block), options));
}

const sealed = ({ envelope }: TokenData, signature: Uint8Array): TokenData =>
  new TokenData({ ...envelope, proof: { kind: "seal", signature } });

/** Closes the token for good. Throws `sealed` when it is closed already. */
export function sealToken(data: TokenData): TokenData {
  const { holder, envelope } = data;
  return sealed(data, signWith(holder, sealOf(lastBlock(envelope))));
}

export async function sealTokenAsync(data: TokenData): Promise<TokenData> {
  const { holder, envelope } = data;
  return sealed(data, await signWithAsync(holder, sealOf(lastBlock(envelope))));
}
