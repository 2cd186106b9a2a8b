import { ALGORITHMS } from "../crypto/backend.ts";
import { PublicKey } from "../crypto/public-key.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { malformed } from "./malformed.ts";
import { LIMITS } from "../limits.ts";
import { MessageReader } from "./message-reader.ts";
import { MessageWriter } from "./message-writer.ts";

/** A third party's signature of a block. */
export interface ExternalSignature {
  readonly publicKey: PublicKey;
  readonly signature: Uint8Array;
}

/** A block as it is signed: its Datalog is opaque here. */
export interface SignedBlock {
  readonly data: Uint8Array;
  readonly nextKey: PublicKey;
  readonly signature: Uint8Array;
  readonly external?: ExternalSignature | undefined;
  /** Of the signature payload: 0 or 1. */
  readonly version: number;
}

/** What closes the chain: the secret of the last `nextKey`, or that key's signature, which seals. */
export type Proof =
  | { readonly kind: "secret"; readonly secret: Uint8Array }
  | { readonly kind: "seal"; readonly signature: Uint8Array };

/** The outer message of a token (schema.proto, `Biscuit`). */
export interface Envelope {
  readonly rootKeyId?: number | undefined;
  /** Never empty; the first is the authority block. */
  readonly blocks: readonly [SignedBlock, ...SignedBlock[]];
  readonly proof: Proof;
}

export function readPublicKey(message: MessageReader): PublicKey {
  return PublicKey.ofWire(message.enumeration(1, ALGORITHMS), new Uint8Array(message.bytes(2)));
}

export function writePublicKey(key: PublicKey): MessageWriter {
  return new MessageWriter().uint(1, ALGORITHMS.indexOf(key.algorithm)).bytes(2, key.view);
}

export function readExternalSignature(message: MessageReader): ExternalSignature {
  return {
    signature: message.bytes(1),
    publicKey: readPublicKey(message.message(2, "PublicKey")),
  };
}

export function writeExternalSignature(external: ExternalSignature): MessageWriter {
  return new MessageWriter()
    .bytes(1, external.signature)
    .message(2, writePublicKey(external.publicKey));
}

function readSignedBlock(message: MessageReader, isAuthority: boolean): SignedBlock {
  const version = message.has(5) ? message.uint32(5) : 0;
  if (version > 1) {
    throw new BiscuitError(
      "unsupported-version",
      `signature payload version ${version}; 0 and 1 are known`,
    );
  }
  const external = message.has(4)
    ? readExternalSignature(message.message(4, "ExternalSignature"))
    : undefined;
  if (external !== undefined && isAuthority) {
    throw malformed("the authority block has an external signature; only later blocks may");
  }
  // Payload version 0 does not bind a third party's signature to one token, so it could be moved to another.
  if (external !== undefined && version === 0) {
    throw new BiscuitError(
      "unsupported-version",
      "a third-party block is signed with the unsafe payload version 0",
    );
  }
  return {
    data: message.bytes(1),
    nextKey: readPublicKey(message.message(2, "PublicKey")),
    signature: message.bytes(3),
    external,
    version,
  };
}

function writeSignedBlock(block: SignedBlock): MessageWriter {
  const message = new MessageWriter()
    .bytes(1, block.data)
    .message(2, writePublicKey(block.nextKey))
    .bytes(3, block.signature);
  if (block.external !== undefined) message.message(4, writeExternalSignature(block.external));
  if (block.version > 0) message.uint(5, block.version);
  return message;
}

function readProof(message: MessageReader): Proof {
  return message.oneOf([1, 2]) === 1
    ? { kind: "secret", secret: message.bytes(1) }
    : { kind: "seal", signature: message.bytes(2) };
}

/** Throws `too-large` before anything is decoded. */
export function checkSize(bytes: Uint8Array): void {
  if (bytes.length <= LIMITS.tokenBytes) return;
  throw new BiscuitError(
    "too-large",
    `${bytes.length} bytes; a token has at most ${LIMITS.tokenBytes}`,
  );
}

/** Decodes the outer message. Verifies nothing. What is read keeps `bytes`, so that nobody may change them later. */
export function readEnvelope(bytes: Uint8Array): Envelope {
  const message = MessageReader.of("Biscuit", bytes);
  const later = message.count(3);
  if (later >= LIMITS.blocks) {
    throw new BiscuitError(
      "too-large",
      `${later + 1} blocks; a token has at most ${LIMITS.blocks}`,
    );
  }
  return {
    rootKeyId: message.has(1) ? message.uint32(1) : undefined,
    blocks: [
      readSignedBlock(message.message(2, "SignedBlock"), true),
      ...message.each(3, "SignedBlock", readSignedBlock, false),
    ],
    proof: readProof(message.message(4, "Proof")),
  };
}

export function writeEnvelope(envelope: Envelope): Uint8Array {
  const [authority, ...later] = envelope.blocks;
  const message = new MessageWriter();
  if (envelope.rootKeyId !== undefined) message.uint(1, envelope.rootKeyId);
  message.message(2, writeSignedBlock(authority));
  for (const block of later) message.message(3, writeSignedBlock(block));
  const proof = new MessageWriter();
  if (envelope.proof.kind === "secret") proof.bytes(1, envelope.proof.secret);
  else proof.bytes(2, envelope.proof.signature);
  return message.message(4, proof).finish();
}
