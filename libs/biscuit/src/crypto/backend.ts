/** The signature algorithms of the format; their index is the number that stands for them on the wire. */
export const ALGORITHMS = ["ed25519", "secp256r1"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Checks signatures of one public key. */
export interface VerifyingKey {
  /** False for anything but a valid signature; never throws. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

/** Signs with one secret key. */
export interface SigningKey {
  /** Ed25519: 32 bytes, RFC 8032. P-256: 33 bytes, compressed SEC 1. */
  readonly publicKey: Uint8Array;
  /** Ed25519: R and S, 64 bytes. P-256: DER of r and s over SHA-256. */
  sign(message: Uint8Array): Uint8Array;
}

/**
 * The primitives that keys are made of. Called synchronously, also from several tokens at once; holds no state but caches.
 * A backend decides nothing: strictness beyond the primitive (small order, canonical forms) is the caller's.
 */
export interface CryptoBackend {
  /** A new secret: Ed25519 seed or P-256 scalar, 32 bytes. */
  randomSecret(algorithm: Algorithm): Uint8Array;
  /** Throws anything when the secret is not a valid one. */
  importSecret(algorithm: Algorithm, secret: Uint8Array): SigningKey;
  /** Throws anything when the key is not a point of the curve. */
  importPublic(algorithm: Algorithm, publicKey: Uint8Array): VerifyingKey;
  secretToPem(algorithm: Algorithm, secret: Uint8Array): string;
  publicToPem(algorithm: Algorithm, publicKey: Uint8Array): string;
  /** PKCS #8. Throws anything when it is no such key. */
  secretFromPem(pem: string): { readonly algorithm: Algorithm; readonly secret: Uint8Array };
  /** SubjectPublicKeyInfo. Throws anything when it is no such key. */
  publicFromPem(pem: string): { readonly algorithm: Algorithm; readonly publicKey: Uint8Array };
}
