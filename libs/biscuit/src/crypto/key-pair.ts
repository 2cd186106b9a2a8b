import { invalidKey } from "./invalid-key.ts";
import { toHex } from "../values/hex.ts";
import type { Algorithm, SigningKey } from "./backend.ts";
import { cryptoBackend } from "./default-backend.ts";
import { canonicalSignature } from "./ecdsa-der.ts";
import type { PrivateJwk } from "./jwk.ts";
import { installed, type KeyForms } from "./key-forms.ts";
import { readKeyString } from "./key-string.ts";
import { PublicKey } from "./public-key.ts";

const SECRET_BYTES = 32;

function checkSize(algorithm: Algorithm, secret: Uint8Array): void {
  if (secret.length === SECRET_BYTES) return;
  throw invalidKey(
    `an ${algorithm} private key has ${SECRET_BYTES} bytes, this one has ${secret.length}`,
  );
}

function importSecret(algorithm: Algorithm, secret: Uint8Array): SigningKey {
  try {
    return cryptoBackend().importSecret(algorithm, secret);
  } catch {
    // The cause is left out: its message might quote the secret.
    throw invalidKey(`not a valid ${algorithm} private key`);
  }
}

let forms: KeyForms<KeyPair, PrivateJwk> | undefined;

/** Makes the methods work that are named for PEM, DER and JWK. */
export function installKeyPairForms(installing: KeyForms<KeyPair, PrivateJwk>): void {
  forms = installing;
}

/** A secret key with its public key. Nothing but `secret` and what begins with `to…` lets the secret out. Immutable. */
export class KeyPair {
  readonly publicKey: PublicKey;
  readonly #secret: Uint8Array;
  readonly #signing: SigningKey;

  private constructor(publicKey: PublicKey, secret: Uint8Array, signing: SigningKey) {
    this.publicKey = publicKey;
    this.#secret = secret;
    this.#signing = signing;
  }

  /** A new random key pair. */
  static generate(algorithm: Algorithm = "ed25519"): KeyPair {
    const { secret, signing } = cryptoBackend().generate(algorithm);
    return new KeyPair(PublicKey.ofWire(algorithm, signing.publicKey), secret, signing);
  }

  /** From a secret: Ed25519 seed or big-endian P-256 scalar, 32 bytes. Throws `invalid-key`. */
  static fromSecret(algorithm: Algorithm, secret: Uint8Array): KeyPair {
    checkSize(algorithm, secret);
    const copy = Uint8Array.from(secret);
    const signing = importSecret(algorithm, copy);
    return new KeyPair(PublicKey.ofWire(algorithm, signing.publicKey), copy, signing);
  }

  /** From a secret that should be `publicKey`'s; `undefined` when it is not. Throws `invalid-key` for another size. */
  static fromSecretOf(publicKey: PublicKey, secret: Uint8Array): KeyPair | undefined {
    const { algorithm, view } = publicKey;
    checkSize(algorithm, secret);
    try {
      const signing = cryptoBackend().importSecret(algorithm, secret, view);
      return new KeyPair(publicKey, new Uint8Array(secret), signing);
    } catch {
      return undefined;
    }
  }

  /** From `ed25519-private/<hex>` or `secp256r1-private/<hex>`. Throws `invalid-key`. */
  static fromString(text: string): KeyPair {
    return KeyPair.fromSecret(...readKeyString(text, "-private"));
  }

  /** From PKCS #8 or SEC 1 in PEM, not encrypted. Throws `invalid-key`. */
  static fromPem(pem: string): KeyPair {
    return installed(forms).fromPem(pem);
  }

  /** From PKCS #8 or SEC 1 in DER, not encrypted. Throws `invalid-key`, also when its public key is another secret's. */
  static fromDer(der: Uint8Array): KeyPair {
    return installed(forms).fromDer(der);
  }

  /** From a JSON Web Key. Throws `invalid-key`, also when its public half is another secret's. */
  static fromJwk(jwk: object): KeyPair {
    return installed(forms).fromJwk(jwk);
  }

  get algorithm(): Algorithm {
    return this.publicKey.algorithm;
  }

  /** A copy of the secret: what a token's proof carries, so only for keys made for that. */
  get secret(): Uint8Array {
    return new Uint8Array(this.#secret);
  }

  /** Ed25519 (RFC 8032), or ECDSA over SHA-256 with the smaller s, in DER. May throw `async-required`. */
  sign(message: Uint8Array): Uint8Array {
    return this.#canonical(this.#signing.sign(message));
  }

  /** As `sign`, on every platform. */
  async signAsync(message: Uint8Array): Promise<Uint8Array> {
    return this.#canonical(await this.#signing.signAsync(message));
  }

  /** The secret as PKCS #8 in PEM. */
  toPem(): string {
    return installed(forms).toPem(this);
  }

  /** The secret as PKCS #8. */
  toDer(): Uint8Array {
    return installed(forms).toDer(this);
  }

  /** The secret as a JSON Web Key. */
  toJwk(): PrivateJwk {
    return installed(forms).toJwk(this);
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

  #canonical(signature: Uint8Array): Uint8Array {
    return this.algorithm === "ed25519" ? signature : canonicalSignature(signature);
  }
}
