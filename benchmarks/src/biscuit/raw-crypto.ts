import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";

/** SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410 §4). */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const SPKI_BYTES = SPKI.length + 32;

/**
 * The signature operations that a call cannot do without, on data of a block's size, with no Biscuit around them. Keys are
 * imported in the cheapest way that is known for this Node: public ones from PEM text, and private ones from JWK without
 * the stacks of the four errors that Node 24 throws and catches for each key that comes as an object.
 */
export class RawCrypto {
  readonly #message: Buffer = Buffer.alloc(300, 7);
  readonly #pair = generateKeyPairSync("ed25519");
  readonly #signature: Buffer = sign(null, this.#message, this.#pair.privateKey);
  readonly #jwk = this.#pair.privateKey.export({ format: "jwk" });
  readonly #key: Buffer = Buffer.from(this.#jwk.x ?? "", "base64url");
  readonly #spki: Buffer = Buffer.alloc(SPKI_BYTES, SPKI);
  readonly #p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #p256Signature: Buffer = sign("sha256", this.#message, this.#p256.privateKey);

  /** `keys` are imported, as those of a token that was not seen before have to be. */
  verify(signatures: number, keys: number): void {
    for (let i = 0; i < signatures; i++) {
      const key = i < keys ? this.#importPublic() : this.#pair.publicKey;
      verify(null, this.#message, key, this.#signature);
    }
  }

  /** With a root key of P-256, which is kept. */
  verifyP256(): void {
    verify("sha256", this.#message, this.#p256.publicKey, this.#p256Signature);
  }

  /** That the token's secret belongs to its last block. */
  deriveSecret(): void {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    const key = createPrivateKey({ key: this.#jwk, format: "jwk" });
    Error.stackTraceLimit = limit;
    key.export({ format: "jwk" });
  }

  /** The token carries both halves of the next key. */
  signWithNewKey(): void {
    generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
    sign(null, this.#message, this.#pair.privateKey);
  }

  sign(): void {
    sign(null, this.#message, this.#pair.privateKey);
  }

  #importPublic(): KeyObject {
    this.#spki.set(this.#key, SPKI.length);
    const body = this.#spki.toString("base64");
    return createPublicKey(`-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----`);
  }
}
