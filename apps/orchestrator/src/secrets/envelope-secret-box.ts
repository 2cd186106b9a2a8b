import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { type Sealed, SecretBox, SecretError } from "./secret-box.ts";

const ALGORITHM = "aes-256-gcm";
const KEY_BYTES = 32;
/** 96 bits, as NIST SP 800-38D §8.2.2 has it for random nonces. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const BOX_OVERHEAD = NONCE_BYTES + TAG_BYTES;
/** First byte of what is stored, so that another layout can follow. */
const LAYOUT = 1;

/** Which key it is, without anything that helps to guess it. */
export const keyIdOf = (key: Buffer): string =>
  createHash("sha256").update("bastide secrets key\0").update(key).digest("hex").slice(0, 16);

/**
 * Envelope encryption: a random data key per value, used once, sealed by the master key. A new master key therefore
 * needs only the data keys sealed anew. Layout: 1 byte, sealed data key, sealed text; each a nonce, bytes and a tag.
 */
export class EnvelopeSecretBox extends SecretBox {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #current: string;

  /** The first key seals; the others only open what they sealed before. Throws RangeError for a key of another size. */
  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    super();
    const wrong = keys.find((key) => key.length !== KEY_BYTES);
    if (wrong)
      throw new RangeError(`a secrets key has ${wrong.length} bytes instead of ${KEY_BYTES}`);
    this.#keys = new Map(keys.map((key) => [keyIdOf(key), key]));
    this.#current = keyIdOf(keys[0]);
  }

  override seal(text: string, context: readonly string[]): Sealed {
    const keyId = this.#current;
    const aad = aadOf(keyId, context);
    const dataKey = randomBytes(KEY_BYTES);
    const sealed = Buffer.concat([
      Buffer.of(LAYOUT),
      encrypt(this.#key(keyId), dataKey, aad),
      encrypt(dataKey, Buffer.from(text, "utf8"), aad),
    ]);
    return { keyId, sealed };
  }

  override open({ keyId, sealed }: Sealed, context: readonly string[]): string {
    const key = this.#key(keyId);
    const split = 1 + BOX_OVERHEAD + KEY_BYTES;
    if (sealed[0] !== LAYOUT || sealed.length < split + BOX_OVERHEAD)
      throw new SecretError(`a sealed value of ${sealed.length} bytes is not of a known layout`);
    const aad = aadOf(keyId, context);
    try {
      const dataKey = decrypt(key, sealed.subarray(1, split), aad);
      return decrypt(dataKey, sealed.subarray(split), aad).toString("utf8");
    } catch (cause) {
      throw new SecretError("a sealed value was changed, or moved to another place", { cause });
    }
  }

  #key(keyId: string): Buffer {
    const key = this.#keys.get(keyId);
    if (key) return key;
    throw new SecretError(
      `the secrets key ${keyId} is not in the keys directory; put the file secrets.key back that was there`,
    );
  }
}

/** Each part with its length, so that no two contexts give the same bytes. */
function aadOf(keyId: string, context: readonly string[]): Buffer {
  const parts = ["bastide/secret/1", keyId, ...context].map((part) => Buffer.from(part, "utf8"));
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

function encrypt(key: Buffer, bytes: Buffer, aad: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(aad);
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, box: Buffer, aad: Buffer): Buffer {
  const nonce = box.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad).setAuthTag(box.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}
