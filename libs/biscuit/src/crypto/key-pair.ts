import { BiscuitError } from "../errors/biscuit-error.ts";
import { fromHex, toHex } from "../values/hex.ts";
import type { Algorithm, SigningKey } from "./backend.ts";
import { canonicalSignature } from "./ecdsa-der.ts";
import { nodeBackend } from "./node-backend.ts";
import { PublicKey } from "./public-key.ts";

const SECRET_BYTES = 32;
const TEXT = /^(ed25519|secp256r1)-private\/([0-9a-fA-F]+)$/;

function importSecret(algorithm: Algorithm, secret: Uint8Array): SigningKey {
  try {
    return nodeBackend.importSecret(algorithm, secret);
  } catch {
    // The cause is left out: its message might quote the secret.
    throw new BiscuitError("invalid-key", `not a valid ${algorithm} private key`);
  }
}

/** A secret key with its public key. Nothing but `secret`, `toPem` and `toPrivateString` lets the secret out. */
export class KeyPair {
  readonly publicKey: PublicKey;
  readonly #secret: Uint8Array;
  readonly #signing: SigningKey;

  private constructor(algorithm: Algorithm, secret: Uint8Array) {
    this.#secret = secret;
    this.#signing = importSecret(algorithm, secret);
    this.publicKey = PublicKey.fromBytes(algorithm, this.#signing.publicKey);
  }

  /** A new random key pair. */
  static generate(algorithm: Algorithm = "ed25519"): KeyPair {
    return new KeyPair(algorithm, nodeBackend.randomSecret(algorithm));
  }

  /** From a secret: Ed25519 seed or big-endian P-256 scalar, 32 bytes. Throws `invalid-key`. */
  static fromSecret(algorithm: Algorithm, secret: Uint8Array): KeyPair {
    if (secret.length !== SECRET_BYTES) {
      const message = `an ${algorithm} private key has ${SECRET_BYTES} bytes, this one has ${secret.length}`;
      throw new BiscuitError("invalid-key", message);
    }
    return new KeyPair(algorithm, Uint8Array.from(secret));
  }

  /** From `ed25519-private/<hex>` or `secp256r1-private/<hex>`. Throws `invalid-key`. */
  static fromString(text: string): KeyPair {
    const [, algorithm, hex = ""] = TEXT.exec(text) ?? [];
    const secret = fromHex(hex);
    if ((algorithm !== "ed25519" && algorithm !== "secp256r1") || secret === undefined) {
      const message = "a private key is written ed25519-private/<hex> or secp256r1-private/<hex>";
      throw new BiscuitError("invalid-key", message);
    }
    return KeyPair.fromSecret(algorithm, secret);
  }

  /** From PKCS #8 in PEM. Throws `invalid-key`. */
  static fromPem(pem: string): KeyPair {
    let key: ReturnType<typeof nodeBackend.secretFromPem>;
    try {
      key = nodeBackend.secretFromPem(pem);
    } catch {
      throw new BiscuitError("invalid-key", "not a PKCS #8 PEM private key for Ed25519 or P-256");
    }
    return KeyPair.fromSecret(key.algorithm, key.secret);
  }

  get algorithm(): Algorithm {
    return this.publicKey.algorithm;
  }

  /** A copy of the secret: what a token's proof carries, so only for keys made for that. */
  get secret(): Uint8Array {
    return Uint8Array.from(this.#secret);
  }

  /** Ed25519 (RFC 8032), or ECDSA over SHA-256 with the smaller s, in DER. */
  sign(message: Uint8Array): Uint8Array {
    const signature = this.#signing.sign(message);
    return this.algorithm === "ed25519" ? signature : canonicalSignature(signature);
  }

  /** The secret as PKCS #8 in PEM. */
  toPem(): string {
    return nodeBackend.secretToPem(this.algorithm, this.#secret);
  }

  /** The secret as `<algorithm>-private/<hex>`. */
  toPrivateString(): string {
    return `${this.algorithm}-private/${toHex(this.#secret)}`;
  }

  /** Names the public key only, so that a log line holds no secret. */
  toString(): string {
    return `KeyPair(${this.publicKey.toString()})`;
  }

  toJSON(): string {
    return this.toString();
  }
}
