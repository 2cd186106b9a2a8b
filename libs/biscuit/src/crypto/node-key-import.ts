import type { KeyObject } from "node:crypto";
import type { Algorithm } from "./backend.ts";
import { nodeCrypto } from "./node-builtin.ts";
import { ED25519_SPKI, P256_SPKI_COMPRESSED } from "./der-prefixes.ts";

export const CURVE = "prime256v1";
const MAJOR = Number.parseInt(process.versions.node, 10);

/**
 * The cheapest of the ways in which each Node takes a public key, in µs of CPU on one machine (JWK / DER / PEM / raw):
 * 20: 14 / 165 / 181 / -, 22: 8 / 20 / 39 / -, 24: 66 / 90 / 23 / 57, 26: 7 / 18 / 30 / 7 for Ed25519. Node 24 throws and
 * catches four errors, stacks and all, for each key that comes as an object; text is spared. Each way gives the same key.
 */
const PUBLIC_FORM: Readonly<Record<Algorithm, "jwk" | "pem" | "der">> = {
  ed25519: MAJOR === 24 || MAJOR === 25 ? "pem" : "jwk",
  secp256r1: MAJOR < 22 ? "jwk" : MAJOR < 26 ? "pem" : "der",
};

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
  const form = PUBLIC_FORM[algorithm];
  if (form === "jwk")
    return nodeCrypto().createPublicKey({ key: publicJwk(algorithm, publicKey), format: "jwk" });
  if (form === "der") {
    const der = Buffer.concat([prefixOf(algorithm), publicKey]);
    return nodeCrypto().createPublicKey({ key: der, format: "der", type: "spki" });
  }
  const body = spkiText(algorithm, publicKey);
  return nodeCrypto().createPublicKey(
    `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----`,
  );
}

/**
 * Private keys are cheapest as JWK on every version; on Node 24, whose four errors then cost as much as the key, with no
 * stack collected meanwhile. `Reflect.set` because the limit cannot be set where intrinsics are frozen.
 */
export function importPrivateJwk(jwk: PublicJwk): KeyObject {
  if (MAJOR !== 24 && MAJOR !== 25)
    return nodeCrypto().createPrivateKey({ key: jwk, format: "jwk" });
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
