import { concatBytes } from "../values/bytes.ts";
import type { Algorithm } from "./backend.ts";
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
/** What a payload of version 1 begins with, the only version that is told: as 32 bits, little-endian. */
const head = (name: string): Uint8Array => tag(`${name}\0\0VERSION\0\u0001\0\0\0\0PAYLOAD`);
const TAGS = {
  block: head("BLOCK"),
  external: head("EXTERNAL"),
  algorithm: tag("ALGORITHM"),
  nextKey: tag("NEXTKEY"),
  previousSignature: tag("PREVSIG"),
  externalSignature: tag("EXTERNALSIG"),
} as const;

const NOTHING = new Uint8Array();

/** Their places in `ALGORITHMS` as 32 bits, little-endian. */
const ALGORITHM_NUMBERS: Readonly<Record<Algorithm, Uint8Array>> = {
  ed25519: Uint8Array.of(0, 0, 0, 0),
  secp256r1: Uint8Array.of(1, 0, 0, 0),
};

function payloadV0(content: SignedContent): Uint8Array {
  const { data, nextKey, externalSignature = NOTHING } = content;
  return concatBytes(data, externalSignature, ALGORITHM_NUMBERS[nextKey.algorithm], nextKey.view);
}

function payloadV1(content: SignedContent): Uint8Array {
  const { data, nextKey, previousSignature, externalSignature } = content;
  return concatBytes(
    TAGS.block,
    data,
    TAGS.algorithm,
    ALGORITHM_NUMBERS[nextKey.algorithm],
    TAGS.nextKey,
    nextKey.view,
    previousSignature === undefined ? NOTHING : TAGS.previousSignature,
    previousSignature ?? NOTHING,
    externalSignature === undefined ? NOTHING : TAGS.externalSignature,
    externalSignature ?? NOTHING,
  );
}

/** What the key of the previous block signs. `version` is 0 or 1. */
export function blockPayload(version: number, content: SignedContent): Uint8Array {
  return version === 0 ? payloadV0(content) : payloadV1(content);
}

/** What a third party signs: only version 1 exists, bound to the token by the previous block's signature. */
export function externalPayload(data: Uint8Array, previousSignature: Uint8Array): Uint8Array {
  return concatBytes(TAGS.external, data, TAGS.previousSignature, previousSignature);
}

/** What the last key signs to seal a token. */
export function sealPayload(
  data: Uint8Array,
  nextKey: PublicKey,
  signature: Uint8Array,
): Uint8Array {
  return concatBytes(data, ALGORITHM_NUMBERS[nextKey.algorithm], nextKey.view, signature);
}
