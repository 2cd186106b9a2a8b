import type { ECDH, KeyObject } from "node:crypto";
import { sameBytes } from "../values/bytes.ts";
import type { NewKey, SigningKey } from "./backend.ts";
import { base64url, CURVE, importPrivateJwk, p256Jwk } from "./node-key-import.ts";
import { nodeCrypto } from "./node-builtin.ts";
import { nodeSigningKey } from "./node-signing.ts";

const compressed = (point: Buffer): Uint8Array =>
  new Uint8Array(
    Buffer.from(nodeCrypto().ECDH.convertKey(point, CURVE, undefined, undefined, "compressed")),
  );

/** The key object costs twice as much as the point, and nobody who only checks a secret needs it. */
function signing(scalar: Uint8Array, exchange: ECDH): SigningKey {
  const point = exchange.getPublicKey();
  let key: KeyObject | undefined;
  return nodeSigningKey(
    "secp256r1",
    compressed(point),
    () => (key ??= importPrivateJwk({ ...p256Jwk(point), d: base64url(scalar) })),
  );
}

/** OpenSSL refuses zero and what is not below the order. */
export function importP256(scalar: Uint8Array, publicKey: Uint8Array | undefined): SigningKey {
  const exchange = nodeCrypto().createECDH(CURVE);
  exchange.setPrivateKey(scalar);
  const key = signing(scalar, exchange);
  if (publicKey === undefined || sameBytes(key.publicKey, publicKey)) return key;
  throw new Error("the public key is another secret's");
}

export function generateP256(): NewKey {
  const exchange = nodeCrypto().createECDH(CURVE);
  exchange.generateKeys();
  // A scalar with leading zero bytes comes out short.
  const scalar = exchange.getPrivateKey();
  const secret = new Uint8Array(32);
  secret.set(scalar, 32 - scalar.length);
  return { secret, signing: signing(secret, exchange) };
}
