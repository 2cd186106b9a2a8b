import { concatBytes, sameBytes } from "../values/bytes.ts";
import type { Algorithm } from "./backend.ts";
import { bytes, ED25519_PKCS8, ED25519_SPKI } from "./der-prefixes.ts";
import { compress, isOnCurve, toBigInt } from "./p256-point.ts";

/** SubjectPublicKeyInfo of a P-256 point in its uncompressed form (RFC 5480 §2). */
const P256_SPKI: Uint8Array = bytes("3059301306072a8648ce3d020106082a8648ce3d030107034200");
/** PKCS #8 of a P-256 scalar with its public key (RFC 5915 §3): up to the scalar, and between the two. */
const P256_PKCS8: Uint8Array = bytes(
  "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420",
);
const P256_PKCS8_POINT: Uint8Array = bytes("a144034200");

/** AlgorithmIdentifier without its tag and length. */
const IDENTIFIERS: Readonly<Record<Algorithm, Uint8Array>> = {
  ed25519: bytes("06032b6570"),
  secp256r1: bytes("06072a8648ce3d020106082a8648ce3d030107"),
};

/** A public key as bytes: 32 for Ed25519, 33 for P-256. */
export interface PublicKeyBytes {
  readonly algorithm: Algorithm;
  readonly publicKey: Uint8Array;
}

/** A secret with what its file says the public key is. */
export interface SecretKeyBytes {
  readonly algorithm: Algorithm;
  readonly secret: Uint8Array;
  readonly publicKey?: Uint8Array | undefined;
}

/** Walks DER elements one after the other. Throws for what is not DER; callers say what was wanted. */
class Der {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(der: Uint8Array) {
    this.#bytes = der;
  }

  get tag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The content of the next element. */
  take(tag: number): Uint8Array {
    if (this.tag !== tag) throw new Error("another kind of key");
    const length = this.#length();
    const content = this.#bytes.subarray(this.#at, this.#at + length);
    if (content.length !== length) throw new Error("cut short");
    this.#at += length;
    return content;
  }

  open(tag: number): Der {
    return new Der(this.take(tag));
  }

  /** Throws when anything is left. */
  end(): void {
    if (this.tag !== undefined) throw new Error("more than one key");
  }

  #length(): number {
    const [, first = 0x80, second = 0] = this.#bytes.subarray(this.#at, this.#at + 3);
    // Keys are short: one byte of length, or two.
    if (first > 0x81 || first === 0x80 || (first === 0x81 && second < 0x80))
      throw new Error("not DER");
    this.#at += first === 0x81 ? 3 : 2;
    return first === 0x81 ? second : first;
  }
}

const [INTEGER, BIT_STRING, OCTETS, SEQUENCE, CONTEXT_0, CONTEXT_1, PRIMITIVE_1] = [
  0x02, 0x03, 0x04, 0x30, 0xa0, 0xa1, 0x81,
];

function algorithmOf(identifier: Uint8Array): Algorithm {
  if (sameBytes(identifier, IDENTIFIERS.ed25519)) return "ed25519";
  if (sameBytes(identifier, IDENTIFIERS.secp256r1)) return "secp256r1";
  throw new Error("another algorithm or curve");
}

/** A P-256 point of either form as the compressed one. Throws when an uncompressed one is off the curve. */
export function compressedPoint(point: Uint8Array): Uint8Array {
  if (point[0] !== 4 || point.length !== 65) return Uint8Array.from(point);
  const affine = { x: toBigInt(point.subarray(1, 33)), y: toBigInt(point.subarray(33)) };
  if (!isOnCurve(affine)) throw new Error("not a point of P-256");
  return compress(affine);
}

/** The content of a BIT STRING of whole bytes. */
function bitString(content: Uint8Array): Uint8Array {
  if (content[0] !== 0) throw new Error("not whole bytes");
  return content.subarray(1);
}

/** SubjectPublicKeyInfo (RFC 5280 §4.1). Throws anything for what is none of Ed25519 or P-256. */
export function readSpki(der: Uint8Array): PublicKeyBytes {
  const outer = new Der(der);
  const info = outer.open(SEQUENCE);
  outer.end();
  const algorithm = algorithmOf(info.take(SEQUENCE));
  const key = bitString(info.take(BIT_STRING));
  info.end();
  return { algorithm, publicKey: algorithm === "ed25519" ? key : compressedPoint(key) };
}

/** ECPrivateKey (RFC 5915 §3). */
function readSec1(key: Der): SecretKeyBytes {
  if (key.take(INTEGER)[0] !== 1) throw new Error("another version");
  const secret = key.take(OCTETS);
  if (key.tag === CONTEXT_0) {
    const curve = concatBytes(IDENTIFIERS.secp256r1.subarray(9));
    if (!sameBytes(key.take(CONTEXT_0), curve)) throw new Error("another curve");
  }
  if (key.tag !== CONTEXT_1) return { algorithm: "secp256r1", secret };
  const publicKey = compressedPoint(bitString(key.open(CONTEXT_1).take(BIT_STRING)));
  return { algorithm: "secp256r1", secret, publicKey };
}

/** PKCS #8 (RFC 5958), with or without the public key, or ECPrivateKey alone. Throws anything for what is neither. */
export function readPkcs8(der: Uint8Array): SecretKeyBytes {
  const outer = new Der(der);
  const info = outer.open(SEQUENCE);
  outer.end();
  // What follows the version tells the two apart: an identifier, or the scalar itself.
  const probe = new Der(der).open(SEQUENCE);
  probe.take(INTEGER);
  if (probe.tag === OCTETS) return readSec1(info);
  info.take(INTEGER);
  const algorithm = algorithmOf(info.take(SEQUENCE));
  const key = new Der(info.take(OCTETS));
  if (algorithm === "secp256r1") return readSec1(key.open(SEQUENCE));
  const secret = key.take(OCTETS);
  if (info.tag === CONTEXT_0) info.take(CONTEXT_0);
  if (info.tag !== PRIMITIVE_1) return { algorithm, secret };
  return { algorithm, secret, publicKey: bitString(info.take(PRIMITIVE_1)) };
}

/** `point` is P-256's uncompressed form, 65 bytes. */
export const writeSpki = (algorithm: Algorithm, point: Uint8Array): Uint8Array =>
  concatBytes(algorithm === "ed25519" ? ED25519_SPKI : P256_SPKI, point);

/** `point` is P-256's uncompressed form, 65 bytes; of no use for Ed25519. */
export const writePkcs8 = (
  algorithm: Algorithm,
  secret: Uint8Array,
  point: Uint8Array,
): Uint8Array =>
  algorithm === "ed25519"
    ? concatBytes(ED25519_PKCS8, secret)
    : concatBytes(P256_PKCS8, secret, P256_PKCS8_POINT, point);
