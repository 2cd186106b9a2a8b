/** The signature algorithms of the format; their index is the number that stands for them on the wire. */
export const ALGORITHMS = ["ed25519", "secp256r1"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Checks signatures of one public key. */
export interface VerifyingKey {
  /**
   * False for anything but a valid signature. Throws `BiscuitError` with code `async-required` where the platform has this
   * algorithm as promises only, and nothing else.
   */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
  /** As `verify`; works on every platform, and off the main thread where there is one. */
  verifyAsync(message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

/** Signs with one secret key. */
export interface SigningKey {
  /** Ed25519: 32 bytes, RFC 8032. P-256: 33 bytes, compressed SEC 1. */
  readonly publicKey: Uint8Array;
  /** Ed25519: R and S, 64 bytes. P-256: DER of r and s over SHA-256. May throw `async-required`. */
  sign(message: Uint8Array): Uint8Array;
  signAsync(message: Uint8Array): Promise<Uint8Array>;
}

/** A key pair that did not exist before. */
export interface NewKey {
  /** Ed25519 seed or P-256 scalar, 32 bytes. */
  readonly secret: Uint8Array;
  readonly signing: SigningKey;
}

/**
 * The primitives that keys are made of. Called from several tokens at once; holds no state but caches. There are two: Node's
 * and one of web standards; what is imported as `#platform-backend` is chosen by the package's export conditions.
 * A backend decides nothing: strictness beyond the primitive (small order, canonical forms) is the caller's.
 */
export interface CryptoBackend {
  generate(algorithm: Algorithm): NewKey;
  /**
   * Throws anything when the 32 bytes are no valid secret, or when they are not the secret of `publicKey`. Without
   * `publicKey` it is derived; with it, what can wait until the first signature may.
   */
  importSecret(algorithm: Algorithm, secret: Uint8Array, publicKey?: Uint8Array): SigningKey;
  /** Throws anything when the key is not a point of the curve. */
  importPublic(algorithm: Algorithm, publicKey: Uint8Array): VerifyingKey;
  /** SHA-256 as text: what caches know bytes by. A string stands for its UTF-8 form. */
  digest(data: Uint8Array | string): string;
  /** Bytes of URL-safe base64 without padding, in memory of their own; any bytes of text that is something else. */
  decodeBase64url(text: string): Uint8Array;
  /** URL-safe base64 without padding (RFC 4648 §5). */
  encodeBase64url(bytes: Uint8Array): string;
}
