import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { Failure } from "../command-line/failure.ts";
import { writeFileAtomically } from "../home/atomic-file.ts";
import type { Home, HomePaths } from "../home/home.ts";

/** Id of the root key that tokens name; a rotation adds another. */
const ROOT_KEY_ID = 1;

/**
 * Makes the keys of a new home: the root key pair that signs every token, the key that encrypts secrets, the
 * database's password. An old home must have them: new ones would lock everybody out and lose every secret.
 */
export function ensureKeys(paths: HomePaths, home: Home): void {
  const owner = home.users === undefined ? {} : { owner: home.users.orchestrator };
  const make: Readonly<Record<string, () => string>> = {
    [paths.rootKey]: () =>
      generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    [paths.secretsKey]: () => randomBytes(32).toString("base64url"),
    [paths.databasePassword]: () => randomBytes(24).toString("base64url"),
  };
  const isOld = existsSync(paths.database);
  for (const [file, content] of Object.entries(make)) {
    if (existsSync(file)) continue;
    if (isOld)
      throw new Failure("failed", `${file} is missing, but this home has a database`, {
        fix: "restore keys/ from a backup: without it no token is valid and no secret can be read",
      });
    writeFileAtomically(file, content(), { mode: 0o600, ...owner });
  }
  publishRootKeys(paths);
}

/** What agents and everybody else verify tokens with. */
function publishRootKeys(paths: HomePaths): void {
  const publicKey = publicKeyOf(readFileSync(paths.rootKey, "utf8"));
  // Keys that were added beside our own, or that tokens in use were signed by, stay until somebody takes them out.
  const known = existsSync(paths.rootKeysFile) ? readFileSync(paths.rootKeysFile, "utf8") : "[]";
  if (known.includes(`"${publicKey}"`)) return;
  const content = `${JSON.stringify([{ id: ROOT_KEY_ID, publicKey }])}\n`;
  writeFileAtomically(paths.rootKeysFile, content, { mode: 0o644 });
}

/** `ed25519/<hex>`: the last 32 bytes of the SubjectPublicKeyInfo are the key itself (RFC 8410 §4). */
export function publicKeyOf(pem: string): string {
  const spki = createPublicKey(pem).export({ type: "spki", format: "der" });
  return `ed25519/${spki.subarray(-32).toString("hex")}`;
}
