import type { KeyObject } from "node:crypto";
import { concatBytes } from "../values/bytes.ts";
import type { NewKey, SigningKey } from "./backend.ts";
import { ED25519_PKCS8 } from "./der-prefixes.ts";
import {
  base64url,
  CAN_EXPORT_GENERATED,
  fromBase64url,
  importPrivateJwk,
} from "./node-key-import.ts";
import { nodeCrypto } from "./node-builtin.ts";
import { nodeSigningKey } from "./node-signing.ts";

const signing = (key: KeyObject, publicKey: Uint8Array): SigningKey =>
  nodeSigningKey("ed25519", publicKey, () => key);

/** Node up to 24 ignores a wrong `x` and derives its own, Node 26 refuses it: so what comes out is compared. */
function importExpected(seed: Uint8Array, publicKey: Uint8Array): KeyObject {
  const x = base64url(publicKey);
  const key = importPrivateJwk({ kty: "OKP", crv: "Ed25519", x, d: base64url(seed) });
  if (key.export({ format: "jwk" }).x !== x) throw new Error("the public key is another secret's");
  return key;
}

/** As JWK where the public key is known, which JWK must name; elsewhere DER derives it. */
export function importEd25519(seed: Uint8Array, publicKey: Uint8Array | undefined): SigningKey {
  if (publicKey !== undefined) return signing(importExpected(seed, publicKey), publicKey);
  const der = Buffer.from(concatBytes(ED25519_PKCS8, seed));
  const key = nodeCrypto().createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return signing(key, fromBase64url(key.export({ format: "jwk" }).x));
}

/** The public half of a random seed is not known; this stands for it on Node 20, which does not look at it. */
const UNKNOWN_X = "A".repeat(43);

function fromRandomSeed(): NewKey {
  const secret = new Uint8Array(nodeCrypto().randomBytes(32));
  const key = importPrivateJwk({ kty: "OKP", crv: "Ed25519", x: UNKNOWN_X, d: base64url(secret) });
  return { secret, signing: signing(key, fromBase64url(key.export({ format: "jwk" }).x)) };
}

export function generateEd25519(): NewKey {
  if (!CAN_EXPORT_GENERATED) return fromRandomSeed();
  const { privateKey } = nodeCrypto().generateKeyPairSync("ed25519");
  const { d, x } = privateKey.export({ format: "jwk" });
  return { secret: fromBase64url(d), signing: signing(privateKey, fromBase64url(x)) };
}
