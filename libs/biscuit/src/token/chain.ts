import type { KeyPair } from "../crypto/key-pair.ts";
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

/** Signs `block` to follow `previous`; `signer` is the root key for the first block, else the last block's next key. */
export function signBlock(
  block: UnsignedBlock,
  signer: KeyPair,
  nextKey: PublicKey,
  previous: readonly SignedBlock[],
): SignedBlock {
  const version = payloadVersion(block, [signer.publicKey, nextKey], previous);
  const content: SignedContent = {
    data: block.data,
    nextKey,
    previousSignature: previous.at(-1)?.signature,
    externalSignature: block.external?.signature,
  };
  const signature = signer.sign(blockPayload(version, content));
  return { data: block.data, nextKey, signature, external: block.external, version };
}

/** The signature that seals a chain. */
export function signSeal(last: SignedBlock, signer: KeyPair): Uint8Array {
  return signer.sign(sealPayload(last.data, last.nextKey, last.signature));
}

/** Throws unless `signature` is `key`'s over `payload`. `what` names it in the message. */
export function checkSignature(
  key: PublicKey,
  payload: Uint8Array,
  signature: Uint8Array,
  what: string,
): void {
  if (!key.hasSignatureForm(signature)) {
    const message = `${what} is no ${key.algorithm} signature: ${signature.length} bytes`;
    throw new BiscuitError("invalid-signature-format", message);
  }
  if (key.verify(payload, signature)) return;
  throw new BiscuitError("invalid-signature", `${what} is not ${key.toString()}'s`);
}

function checkBlock(
  block: SignedBlock,
  signer: PublicKey,
  previous: SignedBlock | undefined,
  index: number,
): void {
  const previousSignature = previous?.signature;
  const { data, nextKey, external } = block;
  const content = { data, nextKey, previousSignature, externalSignature: external?.signature };
  const payload = blockPayload(block.version, content);
  checkSignature(signer, payload, block.signature, `the signature of block ${index}`);
  if (external === undefined || previousSignature === undefined) return;
  const what = `the external signature of block ${index}`;
  checkSignature(
    external.publicKey,
    externalPayload(data, previousSignature),
    external.signature,
    what,
  );
}

/** Verifies every signature of a chain, and its end. Throws `invalid-signature` or `invalid-signature-format`. */
export function verifyChain(
  envelope: Envelope,
  root: PublicKey,
  nextOf: (secret: Uint8Array) => PublicKey,
): void {
  let signer = root;
  let previous: SignedBlock | undefined;
  for (const [index, block] of envelope.blocks.entries()) {
    checkBlock(block, signer, previous, index);
    signer = block.nextKey;
    previous = block;
  }
  const last = previous ?? envelope.blocks[0];
  if (envelope.proof.kind === "seal") {
    const payload = sealPayload(last.data, last.nextKey, last.signature);
    checkSignature(signer, payload, envelope.proof.signature, "the seal");
    return;
  }
  if (!nextOf(envelope.proof.secret).equals(signer)) {
    throw new BiscuitError(
      "invalid-signature",
      "the token's secret does not belong to its last block",
    );
  }
}
