import { KeyPair } from "../crypto/key-pair.ts";
import {
  blockPayload,
  externalPayload,
  sealPayload,
  type SignedContent,
} from "../crypto/payload.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import { VERSION_3_3 } from "../datalog/operators.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import type { Envelope, ExternalSignature, SignedBlock } from "../wire/envelope.ts";

/** A block's Datalog ready to be signed. */
export interface UnsignedBlock {
  readonly data: Uint8Array;
  /** Of its Datalog. */
  readonly version: number;
  readonly external?: ExternalSignature | undefined;
}

/** A block but for its signature, and what that has to cover. */
export interface BlockToSign {
  readonly payload: Uint8Array;
  readonly withSignature: (signature: Uint8Array) => SignedBlock;
}

/**
 * Payload version 1 where the format demands it; elsewhere as the blocks before, since a chain never goes back to the
 * older one, and 0 at first, which every implementation reads.
 */
function payloadVersion(
  block: UnsignedBlock,
  keys: readonly PublicKey[],
  previous: readonly SignedBlock[],
): number {
  const isMixed = keys.some((key) => key.algorithm !== "ed25519");
  if (block.external !== undefined || block.version >= VERSION_3_3 || isMixed) return 1;
  return Math.max(0, ...previous.map((each) => each.version));
}

/** `block`, to follow `previous`; `signer` is the root key for the first block, else the last block's next key. */
export function blockToSign(
  block: UnsignedBlock,
  signer: PublicKey,
  nextKey: PublicKey,
  previous: readonly SignedBlock[],
): BlockToSign {
  const version = payloadVersion(block, [signer, nextKey], previous);
  const { data, external } = block;
  const content: SignedContent = {
    data,
    nextKey,
    previousSignature: previous.at(-1)?.signature,
    externalSignature: external?.signature,
  };
  return {
    payload: blockPayload(version, content),
    withSignature: (signature) => ({ data, nextKey, signature, external, version }),
  };
}

/** What the last key signs to seal a chain. */
export const sealOf = (last: SignedBlock): Uint8Array =>
  sealPayload(last.data, last.nextKey, last.signature);

/** One signature that has to be right. */
export interface SignatureCheck {
  readonly key: PublicKey;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** Names the signature in messages. */
  readonly what: string;
}

function wrong({ key, signature, what }: SignatureCheck): BiscuitError {
  return key.hasSignatureForm(signature)
    ? new BiscuitError("invalid-signature", `${what} is not ${key.toString()}'s`)
    : new BiscuitError(
        "invalid-signature-format",
        `${what} is no ${key.algorithm} signature: ${signature.length} bytes`,
      );
}

/** Throws `invalid-signature-format` or `invalid-signature`. */
export function checkSignature(check: SignatureCheck): void {
  if (!check.key.verify(check.payload, check.signature)) throw wrong(check);
}

/** As `checkSignature`. */
export async function checkSignatureAsync(check: SignatureCheck): Promise<void> {
  if (!(await check.key.verifyAsync(check.payload, check.signature))) throw wrong(check);
}

/** Adds what block `index` must be signed with, by `signer` and, for a third party's block, by that party. */
export function addBlockChecks(
  checks: SignatureCheck[],
  { blocks }: Envelope,
  index: number,
  signer: PublicKey,
): void {
  const block = blocks[index] ?? blocks[0];
  const previousSignature = index === 0 ? undefined : blocks[index - 1]?.signature;
  const { data, nextKey, external, signature } = block;
  const content = { data, nextKey, previousSignature, externalSignature: external?.signature };
  const payload = blockPayload(block.version, content);
  checks.push({ key: signer, payload, signature, what: `the signature of block ${index}` });
  if (external === undefined || previousSignature === undefined) return;
  checks.push({
    key: external.publicKey,
    payload: externalPayload(data, previousSignature),
    signature: external.signature,
    what: `the external signature of block ${index}`,
  });
}

export const lastBlock = ({ blocks }: Envelope): SignedBlock => blocks.at(-1) ?? blocks[0];

/** What a sealed token's seal must be; `undefined` for one that is open. `signer` is the last block's next key. */
export function sealCheck(envelope: Envelope, signer: PublicKey): SignatureCheck | undefined {
  if (envelope.proof.kind !== "seal") return undefined;
  const { signature } = envelope.proof;
  return { key: signer, payload: sealOf(lastBlock(envelope)), signature, what: "the seal" };
}

/**
 * The key pair of an open token's secret; `undefined` for a sealed one. Throws `invalid-signature` when the secret is not
 * that of the last block's next key.
 */
export function holderOf(envelope: Envelope): KeyPair | undefined {
  if (envelope.proof.kind === "seal") return undefined;
  const holder = KeyPair.fromSecretOf(lastBlock(envelope).nextKey, envelope.proof.secret);
  if (holder !== undefined) return holder;
  throw new BiscuitError(
    "invalid-signature",
    "the token's secret does not belong to its last block",
  );
}
