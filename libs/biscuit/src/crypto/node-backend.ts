import {
  createPrivateKey,
  createPublicKey,
  ECDH,
  createECDH,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { concatBytes } from "../values/bytes.ts";
import type { Algorithm, CryptoBackend, SigningKey, VerifyingKey } from "./backend.ts";

const CURVE = "prime256v1";
/** PKCS #8 of an Ed25519 seed (RFC 8410 §7) up to the seed itself. */
const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
const unbase64url = (text: string | undefined): Uint8Array =>
  new Uint8Array(Buffer.from(text ?? "", "base64url"));

function jwkOfPublic(algorithm: Algorithm, publicKey: Uint8Array): Record<string, string> {
  if (algorithm === "ed25519") return { kty: "OKP", crv: "Ed25519", x: base64url(publicKey) };
  const point = Buffer.from(
    ECDH.convertKey(publicKey, CURVE, undefined, undefined, "uncompressed"),
  );
  return {
    kty: "EC",
    crv: "P-256",
    x: base64url(point.subarray(1, 33)),
    y: base64url(point.subarray(33)),
  };
}

/** The digest that Node wants named: Ed25519 hashes by itself. */
const digestOf = (algorithm: Algorithm): string | null =>
  algorithm === "ed25519" ? null : "sha256";

function signingKey(algorithm: Algorithm, key: KeyObject, publicKey: Uint8Array): SigningKey {
  const digest = digestOf(algorithm);
  return { publicKey, sign: (message) => new Uint8Array(sign(digest, message, key)) };
}

function importEd25519(seed: Uint8Array): SigningKey {
  const der = Buffer.from(concatBytes(ED25519_PKCS8, seed));
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return signingKey("ed25519", key, unbase64url(key.export({ format: "jwk" }).x));
}

function importP256(scalar: Uint8Array): SigningKey {
  const exchange = createECDH(CURVE);
  exchange.setPrivateKey(scalar);
  const publicKey = new Uint8Array(exchange.getPublicKey(null, "compressed"));
  const jwk = { ...jwkOfPublic("secp256r1", publicKey), d: base64url(scalar) };
  return signingKey("secp256r1", createPrivateKey({ key: jwk, format: "jwk" }), publicKey);
}

function publicKeyObject(algorithm: Algorithm, publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: jwkOfPublic(algorithm, publicKey), format: "jwk" });
}

function importVerifyingKey(algorithm: Algorithm, publicKey: Uint8Array): VerifyingKey {
  const key = publicKeyObject(algorithm, publicKey);
  const digest = digestOf(algorithm);
  return { verify: (message, signature) => verify(digest, message, key, signature) };
}

function algorithmOf(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === "ed25519") return "ed25519";
  if (key.asymmetricKeyDetails?.namedCurve === CURVE) return "secp256r1";
  throw new Error(`a key of type ${key.asymmetricKeyType}; Ed25519 or P-256 is needed`);
}

function p256Secret(): Uint8Array {
  const exchange = createECDH(CURVE);
  exchange.generateKeys();
  // A scalar with leading zero bytes comes out short.
  const scalar = exchange.getPrivateKey();
  return new Uint8Array(Buffer.concat([Buffer.alloc(32 - scalar.length), scalar]));
}

function secretPem(algorithm: Algorithm, secret: Uint8Array): string {
  const pkcs8 = { format: "pem", type: "pkcs8" } as const;
  if (algorithm === "ed25519") {
    const der = Buffer.from(concatBytes(ED25519_PKCS8, secret));
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export(pkcs8).toString();
  }
  const { publicKey } = importP256(secret);
  const key = { ...jwkOfPublic(algorithm, publicKey), d: base64url(secret) };
  return createPrivateKey({ key, format: "jwk" }).export(pkcs8).toString();
}

function publicBytes(algorithm: Algorithm, key: KeyObject): Uint8Array {
  const { x, y } = key.export({ format: "jwk" });
  if (algorithm === "ed25519") return unbase64url(x);
  const point = concatBytes(new Uint8Array([4]), unbase64url(x), unbase64url(y));
  return new Uint8Array(
    Buffer.from(ECDH.convertKey(point, CURVE, undefined, undefined, "compressed")),
  );
}

/** OpenSSL through node:crypto. The default wherever Node runs. */
export const nodeBackend: CryptoBackend = {
  randomSecret: (algorithm) =>
    algorithm === "ed25519" ? new Uint8Array(randomBytes(32)) : p256Secret(),
  importSecret: (algorithm, secret) =>
    algorithm === "ed25519" ? importEd25519(secret) : importP256(secret),
  importPublic: importVerifyingKey,
  secretToPem: secretPem,
  publicToPem: (algorithm, publicKey) =>
    publicKeyObject(algorithm, publicKey).export({ format: "pem", type: "spki" }).toString(),
  secretFromPem(pem) {
    const key = createPrivateKey(pem);
    return { algorithm: algorithmOf(key), secret: unbase64url(key.export({ format: "jwk" }).d) };
  },
  publicFromPem(pem) {
    const key = createPublicKey(pem);
    const algorithm = algorithmOf(key);
    return { algorithm, publicKey: publicBytes(algorithm, key) };
  },
};
