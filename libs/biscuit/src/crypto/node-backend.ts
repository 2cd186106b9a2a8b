import type { CryptoBackend } from "./backend.ts";
import { nodeCrypto } from "./node-builtin.ts";
import { generateEd25519, importEd25519 } from "./node-ed25519.ts";
import { fromBase64url, importPublicKey } from "./node-key-import.ts";
import { generateP256, importP256 } from "./node-p256.ts";
import { nodeVerifyingKey } from "./node-signing.ts";

/** OpenSSL through node:crypto. The default wherever Node runs. */
export const nodeBackend: CryptoBackend = {
  generate: (algorithm) => (algorithm === "ed25519" ? generateEd25519() : generateP256()),
  importSecret: (algorithm, secret, publicKey) =>
    algorithm === "ed25519" ? importEd25519(secret, publicKey) : importP256(secret, publicKey),
  importPublic: (algorithm, publicKey) =>
    nodeVerifyingKey(algorithm, importPublicKey(algorithm, publicKey)),
  digest: (data) => nodeCrypto().hash("sha256", data, "base64url"),
  decodeBase64url: fromBase64url,
  encodeBase64url: (bytes) => Buffer.from(bytes).toString("base64url"),
};

export { nodeBackend as platformBackend };
