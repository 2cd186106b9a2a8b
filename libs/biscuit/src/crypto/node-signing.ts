import type { KeyObject } from "node:crypto";
import type { Algorithm, SigningKey, VerifyingKey } from "./backend.ts";
import { nodeCrypto } from "./node-builtin.ts";

/** The digest that Node wants named: Ed25519 hashes by itself. */
const DIGEST: Readonly<Record<Algorithm, string | null>> = { ed25519: null, secp256r1: "sha256" };

/** `key` is called at the first signature and then kept: many keys never sign. */
export function nodeSigningKey(
  algorithm: Algorithm,
  publicKey: Uint8Array,
  key: () => KeyObject,
): SigningKey {
  const digest = DIGEST[algorithm];
  return {
    publicKey,
    sign: (message) => new Uint8Array(nodeCrypto().sign(digest, message, key())),
    signAsync: (message) =>
      new Promise((resolve, reject) => {
        nodeCrypto().sign(digest, message, key(), (error, signature) =>
          error === null ? resolve(new Uint8Array(signature)) : reject(error),
        );
      }),
  };
}

/** Asynchronous verification runs on the thread pool, so the blocks of a chain are verified side by side. */
export function nodeVerifyingKey(algorithm: Algorithm, key: KeyObject): VerifyingKey {
  const digest = DIGEST[algorithm];
  return {
    verify: (message, signature) => nodeCrypto().verify(digest, message, key, signature),
    verifyAsync: (message, signature) =>
      new Promise((resolve) => {
        nodeCrypto().verify(digest, message, key, signature, (error, isValid) =>
          resolve(error === null && isValid),
        );
      }),
  };
}
