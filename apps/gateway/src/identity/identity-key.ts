import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";

/** The gateway's own key: apps learn by it that identity headers are the gateway's. */
export interface IdentityKey {
  /** Thumbprint of the public key (RFC 7638). */
  readonly id: string;
  readonly privateKey: KeyObject;
  /** For apps: a key set (RFC 7517) with the public key (RFC 8037). */
  readonly keySet: string;
}

const FILE = "identity.key";

/** Makes the key at a gateway's first start; it stays, so that apps need not learn another. */
export async function ensureIdentityKey(directory: string): Promise<string> {
  const path = join(directory, FILE);
  try {
    readIdentityKey(path);
    return path;
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (!isMissing)
      throw new Error(`${path} is no Ed25519 key; take it away, and a new one is made`, { cause });
  }
  const { privateKey } = generateKeyPairSync("ed25519");
  {
    await using file = await open(`${path}.next`, "w", 0o600);
    await file.writeFile(privateKey.export({ format: "pem", type: "pkcs8" }));
    await file.sync();
  }
  await rename(`${path}.next`, path);
  return path;
}

/** Throws when there is none. */
export const readIdentityKey = (path: string): IdentityKey =>
  identityKey(createPrivateKey(readFileSync(path)));

export function identityKey(privateKey: KeyObject): IdentityKey {
  const { kty, crv, x } = createPublicKey(privateKey).export({ format: "jwk" });
  if (crv !== "Ed25519") throw new TypeError(`the key is for ${crv ?? "RSA"}, not for Ed25519`);
  // RFC 7638 §3.2: the required members, in this order, without spaces.
  const id = createHash("sha256").update(JSON.stringify({ crv, kty, x })).digest("base64url");
  const keySet = JSON.stringify({ keys: [{ kty, crv, x, kid: id, use: "sig", alg: "EdDSA" }] });
  return { id, privateKey, keySet };
}
