import { concatBytes } from "../values/bytes.ts";
import { ALGORITHMS } from "./backend.ts";
import type { PublicKey } from "./public-key.ts";

/** The parts of one block that its signatures cover (specification, "Signed payload generation"). */
export interface SignedContent {
  /** The serialised Datalog. */
  readonly data: Uint8Array;
  readonly nextKey: PublicKey;
  /** Absent for the authority block. */
  readonly previousSignature?: Uint8Array | undefined;
  readonly externalSignature?: Uint8Array | undefined;
}

const tag = (name: string): Uint8Array => new TextEncoder().encode(`\0${name}\0`);
const TAGS = {
  block: tag("BLOCK"),
  external: tag("EXTERNAL"),
  version: tag("VERSION"),
  payload: tag("PAYLOAD"),
  algorithm: tag("ALGORITHM"),
  nextKey: tag("NEXTKEY"),
  previousSignature: tag("PREVSIG"),
  externalSignature: tag("EXTERNALSIG"),
} as const;

const NOTHING = new Uint8Array();

function littleEndian32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

const algorithmBytes = (key: PublicKey): Uint8Array =>
  littleEndian32(ALGORITHMS.indexOf(key.algorithm));

const tagged = (name: Uint8Array, value: Uint8Array | undefined): Uint8Array =>
  value === undefined ? NOTHING : concatBytes(name, value);

function payloadV0(content: SignedContent): Uint8Array {
  const { data, nextKey, externalSignature = NOTHING } = content;
  return concatBytes(data, externalSignature, algorithmBytes(nextKey), nextKey.bytes);
}

function payloadV1(content: SignedContent): Uint8Array {
  return concatBytes(
    TAGS.block,
    tagged(TAGS.version, littleEndian32(1)),
    tagged(TAGS.payload, content.data),
    tagged(TAGS.algorithm, algorithmBytes(content.nextKey)),
    tagged(TAGS.nextKey, content.nextKey.bytes),
    tagged(TAGS.previousSignature, content.previousSignature),
    tagged(TAGS.externalSignature, content.externalSignature),
  );
}

/** What the key of the previous block signs. `version` is 0 or 1. */
export function blockPayload(version: number, content: SignedContent): Uint8Array {
  return version === 0 ? payloadV0(content) : payloadV1(content);
}

/** What a third party signs: only version 1 exists, bound to the token by the previous block's signature. */
export function externalPayload(data: Uint8Array, previousSignature: Uint8Array): Uint8Array {
  return concatBytes(
    TAGS.external,
    tagged(TAGS.version, littleEndian32(1)),
    tagged(TAGS.payload, data),
    tagged(TAGS.previousSignature, previousSignature),
  );
}

/** What the last key signs to seal a token. */
export function sealPayload(
  data: Uint8Array,
  nextKey: PublicKey,
  signature: Uint8Array,
): Uint8Array {
  return concatBytes(data, algorithmBytes(nextKey), nextKey.bytes, signature);
}
