import { getPublicKey, hashes, sign, verify } from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import { sameBytes } from "../values/bytes.ts";
import type { NewKey, SigningKey, VerifyingKey } from "./backend.ts";

hashes.sha512 = sha512;

/** RFC 8032 and not ZIP 215, which noble means unless told: it would take non-canonical points and small orders. */
const STRICT = { zip215: false } as const;

function verifyStrictly(message: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean {
  try {
    return verify(signature, message, key, STRICT);
  } catch {
    return false;
  }
}

export function importPublicEd25519(publicKey: Uint8Array): VerifyingKey {
  return {
    verify: (message, signature) => verifyStrictly(message, signature, publicKey),
    verifyAsync: async (message, signature) => verifyStrictly(message, signature, publicKey),
  };
}

export function importEd25519(seed: Uint8Array, publicKey: Uint8Array | undefined): SigningKey {
  const derived = getPublicKey(seed);
  if (publicKey !== undefined && !sameBytes(derived, publicKey))
    throw new Error("the public key is another secret's");
  return {
    publicKey: derived,
    sign: (message) => sign(message, seed),
    signAsync: async (message) => sign(message, seed),
  };
}

export function generateEd25519(): NewKey {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  return { secret, signing: importEd25519(secret, undefined) };
}
