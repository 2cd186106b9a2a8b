import { sha256 } from "@noble/hashes/sha2.js";
import { decodeBase64url, encodeBase64url } from "../values/base64url.ts";
import { toHex } from "../values/hex.ts";
import type { CryptoBackend } from "./backend.ts";
import { generateEd25519, importEd25519, importPublicEd25519 } from "./web-ed25519.ts";
import { generateP256, importP256, importPublicP256 } from "./web-p256.ts";

const ENCODER = new TextEncoder();

/**
 * For browsers, workers and the edge: Ed25519 in JavaScript, so that it is synchronous and equally strict everywhere; P-256
 * by WebCrypto, which has promises only.
 */
export const webBackend: CryptoBackend = {
  generate: (algorithm) => (algorithm === "ed25519" ? generateEd25519() : generateP256()),
  importSecret: (algorithm, secret, publicKey) =>
    algorithm === "ed25519" ? importEd25519(secret, publicKey) : importP256(secret, publicKey),
  importPublic: (algorithm, publicKey) =>
    algorithm === "ed25519" ? importPublicEd25519(publicKey) : importPublicP256(publicKey),
  digest: (data) => toHex(sha256(typeof data === "string" ? ENCODER.encode(data) : data)),
  decodeBase64url,
  encodeBase64url,
};

export { webBackend as platformBackend };
