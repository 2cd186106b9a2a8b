import { BiscuitError } from "../errors/biscuit-error.ts";
import { invalidKey } from "./invalid-key.ts";
import { sameBytes } from "../values/bytes.ts";
import { toHex } from "../values/hex.ts";
import type { Algorithm, VerifyingKey } from "./backend.ts";
import { cryptoBackend } from "./default-backend.ts";
import { toRaw } from "./ecdsa-der.ts";
import type { PublicJwk } from "./jwk.ts";
import { installed, type KeyForms } from "./key-forms.ts";
import { readKeyString } from "./key-string.ts";
import { decompress } from "./p256-point.ts";
import { isReduced, isWeakPoint } from "./strict-ed25519.ts";

const KEY_BYTES: Readonly<Record<Algorithm, number>> = { ed25519: 32, secp256r1: 33 };

function checkEncoding(algorithm: Algorithm, bytes: Uint8Array): void {
  const wanted = KEY_BYTES[algorithm];
  if (bytes.length !== wanted)
    throw invalidKey(
      `an ${algorithm} public key has ${wanted} bytes, this one has ${bytes.length}`,
    );
  if (algorithm === "ed25519" && isWeakPoint(bytes))
    throw invalidKey("the ed25519 public key is of small order or not canonical");
  if (algorithm === "secp256r1" && bytes[0] !== 2 && bytes[0] !== 3)
    throw invalidKey("a secp256r1 public key must be in compressed form (02 or 03)");
}

let forms: KeyForms<PublicKey, PublicJwk> | undefined;

/** Makes the methods work that are named for PEM, DER and JWK. */
export function installPublicKeyForms(installing: KeyForms<PublicKey, PublicJwk>): void {
  forms = installing;
}

/** A public key. Equal keys have equal text. Immutable. */
export class PublicKey {
  readonly algorithm: Algorithm;
  readonly #bytes: Uint8Array;
  #text: string | undefined;
  #verifying: VerifyingKey | undefined;

  private constructor(algorithm: Algorithm, bytes: Uint8Array) {
    this.algorithm = algorithm;
    this.#bytes = bytes;
  }

  /**
   * From its bytes: Ed25519 32 bytes (RFC 8032), P-256 33 bytes (compressed SEC 1). Throws `invalid-key` for another size,
   * for Ed25519 points of small order and for P-256 points that are not on the curve.
   */
  static fromBytes(algorithm: Algorithm, bytes: Uint8Array): PublicKey {
    const key = PublicKey.ofWire(algorithm, Uint8Array.from(bytes));
    if (algorithm === "secp256r1" && decompress(bytes) === undefined)
      throw invalidKey("the secp256r1 public key is not a point of the curve");
    return key;
  }

  /**
   * For this library's own use: as `fromBytes`, but `bytes` are kept and not copied, and a P-256 point off its curve is
   * found out when it has something to verify, which it then does not.
   */
  static ofWire(algorithm: Algorithm, bytes: Uint8Array): PublicKey {
    checkEncoding(algorithm, bytes);
    return new PublicKey(algorithm, bytes);
  }

  /** From `ed25519/<hex>` or `secp256r1/<hex>`. Throws `invalid-key`. */
  static fromString(text: string): PublicKey {
    return PublicKey.fromBytes(...readKeyString(text, ""));
  }

  /** From a SubjectPublicKeyInfo in PEM. Throws `invalid-key`. */
  static fromPem(pem: string): PublicKey {
    return installed(forms).fromPem(pem);
  }

  /** From a SubjectPublicKeyInfo in DER; P-256 points may be compressed or not. Throws `invalid-key`. */
  static fromDer(der: Uint8Array): PublicKey {
    return installed(forms).fromDer(der);
  }

  /** From a JSON Web Key; a secret in it is ignored. Throws `invalid-key`. */
  static fromJwk(jwk: object): PublicKey {
    return installed(forms).fromJwk(jwk);
  }

  /** A copy of the key's bytes. */
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  /** For this library's own use: the bytes themselves, which nobody may change. */
  get view(): Uint8Array {
    return this.#bytes;
  }

  equals(other: PublicKey): boolean {
    return this.algorithm === other.algorithm && sameBytes(this.#bytes, other.#bytes);
  }

  /**
   * Whether `signature` is this key's over `message`. Ed25519 is strict: R of small order is refused (the key never is),
   * as is S ≥ L. A P-256 point off its curve verifies nothing. Throws `async-required` where P-256 is asynchronous.
   */
  verify(message: Uint8Array, signature: Uint8Array): boolean {
    const key = this.#isStrict(signature) ? this.#imported() : undefined;
    if (key === undefined) return false;
    try {
      return key.verify(message, signature);
    } catch (error) {
      if (error instanceof BiscuitError) throw error;
      return false;
    }
  }

  /** As `verify`, on every platform. */
  async verifyAsync(message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const key = this.#isStrict(signature) ? this.#imported() : undefined;
    if (key === undefined) return false;
    try {
      return await key.verifyAsync(message, signature);
    } catch {
      return false;
    }
  }

  /** Whether `signature` has the form that this key's signatures have. */
  hasSignatureForm(signature: Uint8Array): boolean {
    return this.algorithm === "ed25519" ? signature.length === 64 : toRaw(signature) !== undefined;
  }

  /** SubjectPublicKeyInfo in PEM. */
  toPem(): string {
    return installed(forms).toPem(this);
  }

  /** SubjectPublicKeyInfo, with the uncompressed point for P-256, which every reader knows. */
  toDer(): Uint8Array {
    return installed(forms).toDer(this);
  }

  toJwk(): PublicJwk {
    return installed(forms).toJwk(this);
  }

  /** `ed25519/<hex>` or `secp256r1/<hex>`. */
  toString(): string {
    return (this.#text ??= `${this.algorithm}/${toHex(this.#bytes)}`);
  }

  toJSON(): string {
    return this.toString();
  }

  #isStrict(signature: Uint8Array): boolean {
    if (this.algorithm !== "ed25519") return toRaw(signature) !== undefined;
    return signature.length === 64 && !isWeakPoint(signature) && isReduced(signature);
  }

  #imported(): VerifyingKey | undefined {
    try {
      return (this.#verifying ??= cryptoBackend().importPublic(this.algorithm, this.#bytes));
    } catch {
      return undefined;
    }
  }
}
