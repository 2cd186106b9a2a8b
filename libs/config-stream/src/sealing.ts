import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { isMissing, type Sealing } from "./last-known-good.ts";

const KEY_BYTES = 32;
/** NIST SP 800-38D §8.2.2: a random 96-bit IV per message. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM: IV, tag, ciphertext. `open` throws for anything that was not sealed with this key. */
export function sealingWith(key: Buffer): Sealing {
  return {
    seal(plain) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES });
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]);
    },
    open(sealed) {
      const iv = sealed.subarray(0, IV_BYTES);
      const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES });
      decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const body = sealed.subarray(IV_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]);
    },
  };
}

/** A subscriber's own key (0600), made at its first start. Throws when the file holds anything else. */
export async function loadSealingKey(file: string): Promise<Buffer> {
  try {
    const key = Buffer.from(await readFile(file, "utf8"), "base64url");
    if (key.length === KEY_BYTES) return key;
    throw new Error(
      `${file} does not hold a key of ${KEY_BYTES} bytes. Restore it from a backup; without it the last known good state can't be read. Or move it away to begin with a new one.`,
    );
  } catch (error) {
    if (!isMissing(error)) throw error;
    const key = randomBytes(KEY_BYTES);
    await writeWhole(file, key.toString("base64url"));
    return key;
  }
}

/** After a kill at any moment the file is whole or not there. */
async function writeWhole(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomUUID()}.new`;
  try {
    await writeFile(temporary, content, { mode: 0o600, flag: "wx" });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
