import type { KeyObject } from "node:crypto";
import type { Algorithm } from "./backend.ts";
import { nodeCrypto } from "./node-builtin.ts";
import { ED25519_SPKI, P256_SPKI_COMPRESSED } from "./der-prefixes.ts";

export const CURVE = "prime256v1";
const MAJOR = Number.parseInt(process.versions.node, 10);

/**
 * Whether a public key goes in as JWK or as PEM: in µs of CPU on one machine 14 / 181 on Node 20, 8 / 39 on 22, 66 / 23 on
 * 24, 7 / 30 on 26 for Ed25519. Node 24 throws and catches four errors, stacks and all, for each key that comes as an object;
 * text is spared. P-256 has to be decompressed for JWK. DER and raw keys are never far cheaper. Each way gives the same key.
 */
const isJwkCheaper = (algorithm: Algorithm): boolean =>
  algorithm === "ed25519" ? MAJOR !== 24 && MAJOR !== 25 : MAJOR < 22;

const prefixOf = (algorithm: Algorithm): Uint8Array =>
  algorithm === "ed25519" ? ED25519_SPKI : P256_SPKI_COMPRESSED;

/**
 * Where keys are on their way into text, for that long only. A view of a short array's own memory costs more, since the
 * engine then has to move it out of its heap.
 */
const SCRATCH = Buffer.alloc(128);

/** Of a key: at most 128 bytes. */
export function base64url(bytes: Uint8Array): string {
  SCRATCH.set(bytes);
  const text = SCRATCH.toString("base64url", 0, bytes.length);
  // It may have been a secret.
  SCRATCH.fill(0, 0, bytes.length);
  return text;
}

/** SubjectPublicKeyInfo, in base64. */
function spkiText(algorithm: Algorithm, publicKey: Uint8Array): string {
  const prefix = prefixOf(algorithm);
  SCRATCH.set(prefix);
  SCRATCH.set(publicKey, prefix.length);
  return SCRATCH.toString("base64", 0, prefix.length + publicKey.length);
}

export const fromBase64url = (text: string | undefined): Uint8Array =>
  new Uint8Array(Buffer.from(text ?? "", "base64url"));

interface PublicJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y?: string;
  readonly [name: string]: string | undefined;
}

/** Throws when a P-256 key is not a point of the curve. */
export function publicJwk(algorithm: Algorithm, publicKey: Uint8Array): PublicJwk {
  if (algorithm === "ed25519") return { kty: "OKP", crv: "Ed25519", x: base64url(publicKey) };
  const point = nodeCrypto().ECDH.convertKey(
    publicKey,
    CURVE,
    undefined,
    undefined,
    "uncompressed",
  );
  return p256Jwk(Buffer.from(point));
}

/** Of a point in uncompressed form, 65 bytes. */
export function p256Jwk(point: Buffer): PublicJwk {
  const [x, y] = [point.toString("base64url", 1, 33), point.toString("base64url", 33)];
  return { kty: "EC", crv: "P-256", x, y };
}

export function importPublicKey(algorithm: Algorithm, publicKey: Uint8Array): KeyObject {
  if (isJwkCheaper(algorithm))
    return nodeCrypto().createPublicKey({ key: publicJwk(algorithm, publicKey), format: "jwk" });
  const body = spkiText(algorithm, publicKey);
  return nodeCrypto().createPublicKey(
    `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----`,
  );
}

/**
 * Private keys are cheapest as JWK on every version, with no stack collected meanwhile: on Node 24 its four errors would cost
 * as much as the key. `Reflect.set` because the limit cannot be set where intrinsics are frozen.
 */
export function importPrivateJwk(jwk: PublicJwk): KeyObject {
  const limit = Error.stackTraceLimit;
  Reflect.set(Error, "stackTraceLimit", 0);
  try {
    return nodeCrypto().createPrivateKey({ key: jwk, format: "jwk" });
  } finally {
    Reflect.set(Error, "stackTraceLimit", limit);
  }
}

/** Node 20 can hang for ever when a key that it generated is exported as JWK; keys that it imported are safe. */
export const CAN_EXPORT_GENERATED: boolean = MAJOR >= 22;
