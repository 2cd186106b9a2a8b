import { KeyPair } from "../src/crypto/key-pair.ts";

const pair = (algorithm: "ed25519" | "secp256r1", byte: number): KeyPair =>
  KeyPair.fromSecret(algorithm, new Uint8Array(32).fill(byte));

/** Root keys of generated tokens, by algorithm. */
export const ROOTS = {
  ed25519: pair("ed25519", 0x7f),
  secp256r1: pair("secp256r1", 0x6e),
} as const;

/** Keys of the third parties that sign blocks. */
export const THIRD_PARTIES: readonly KeyPair[] = [
  pair("ed25519", 0x11),
  pair("secp256r1", 0x22),
  pair("ed25519", 0x33),
];
