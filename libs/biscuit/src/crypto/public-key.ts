import { BiscuitError } from "../errors/biscuit-error.ts";
import { fromHex, toHex } from "../values/hex.ts";
import type { Algorithm, VerifyingKey } from "./backend.ts";
import { parseSignature } from "./ecdsa-der.ts";
import { nodeBackend } from "./node-backend.ts";
import { isWeakPoint } from "./strict-ed25519.ts";

const KEY_BYTES: Readonly<Record<Algorithm, number>> = { ed25519: 32, secp256r1: 33 };
const TEXT = /^(ed25519|secp256r1)\/([0-9a-fA-F]+)$/;

function checkEncoding(algorithm: Algorithm, bytes: Uint8Array): void {
  const wanted = KEY_BYTES[algorithm];
  if (bytes.length !== wanted) {
    const message = `an ${algorithm} public key has ${wanted} bytes, this one has ${bytes.length}`;
    throw new BiscuitError("invalid-key", message);
  }
  if (algorithm === "ed25519" && isWeakPoint(bytes)) {
    throw new BiscuitError(
      "invalid-key",
      "the ed25519 public key is of small order or not canonical",
    );
  }
  if (algorithm === "secp256r1" && bytes[0] !== 2 && bytes[0] !== 3) {
    throw new BiscuitError(
      "invalid-key",
      "a secp256r1 public key must be in compressed form (02 or 03)",
    );
  }
}

/** A public key. Equal keys have equal text. */
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
   * From its bytes: Ed25519 32 bytes (RFC 8032), P-256 33 bytes (compressed SEC 1).
   * Throws `invalid-key` for another size and for Ed25519 points of small order. That a P-256 point lies on its curve is
   * found out at the first verification.
   */
  static fromBytes(algorithm: Algorithm, bytes: Uint8Array): PublicKey {
    checkEncoding(algorithm, bytes);
    return new PublicKey(algorithm, Uint8Array.from(bytes));
  }

  /** From `ed25519/<hex>` or `secp256r1/<hex>`. Throws `invalid-key`. */
  static fromString(text: string): PublicKey {
    const [, algorithm, hex = ""] = TEXT.exec(text) ?? [];
    const bytes = fromHex(hex);
    if ((algorithm !== "ed25519" && algorithm !== "secp256r1") || bytes === undefined) {
      const message =
        "a public key is written ed25519/<64 hex digits> or secp256r1/<66 hex digits>";
      throw new BiscuitError("invalid-key", message);
    }
    return PublicKey.fromBytes(algorithm, bytes);
  }

  /** From a SubjectPublicKeyInfo in PEM. Throws `invalid-key`. */
  static fromPem(pem: string): PublicKey {
    try {
      const { algorithm, publicKey } = nodeBackend.publicFromPem(pem);
      return PublicKey.fromBytes(algorithm, publicKey);
    } catch (cause) {
      if (cause instanceof BiscuitError) throw cause;
      throw new BiscuitError("invalid-key", "not a PEM public key for Ed25519 or P-256", { cause });
    }
  }

  /** A copy of the key's bytes. */
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  equals(other: PublicKey): boolean {
    return this.toString() === other.toString();
  }

  /**
   * Whether `signature` is this key's over `message`. Ed25519 is strict: R of small order is refused (the key never is),
   * as is S ≥ L. A P-256 point off its curve verifies nothing.
   */
  verify(message: Uint8Array, signature: Uint8Array): boolean {
    if (this.algorithm === "ed25519" && isWeakPoint(signature.subarray(0, 32))) return false;
    try {
      this.#verifying ??= nodeBackend.importPublic(this.algorithm, this.#bytes);
      return this.#verifying.verify(message, signature);
    } catch {
      return false;
    }
  }

  /** Whether `signature` has the form that this key's signatures have. */
  hasSignatureForm(signature: Uint8Array): boolean {
    return this.algorithm === "ed25519"
      ? signature.length === 64
      : parseSignature(signature) !== undefined;
  }

  /** SubjectPublicKeyInfo in PEM. */
  toPem(): string {
    return nodeBackend.publicToPem(this.algorithm, this.#bytes);
  }

  /** `ed25519/<hex>` or `secp256r1/<hex>`. */
  toString(): string {
    return (this.#text ??= `${this.algorithm}/${toHex(this.#bytes)}`);
  }

  toJSON(): string {
    return this.toString();
  }
}
