import { BiscuitError } from "../errors/biscuit-error.ts";
import { canonicalSignature, fromRaw, toRaw } from "./ecdsa-der.ts";
import { KeyPair } from "./key-pair.ts";
import type { PublicKey } from "./public-key.ts";

/**
 * Signs with a key that may be anywhere: in memory, as a `KeyPair`, or in a security module. Called once for each
 * signature, also for several tokens at once.
 */
export interface Signer {
  readonly publicKey: PublicKey;
  /**
   * Ed25519: R and S, 64 bytes. P-256: ECDSA over the SHA-256 of `message`, as DER or as r and s in 32 bytes each.
   * `message` is whole, not a digest; a few hundred bytes.
   */
  sign(message: Uint8Array): Uint8Array;
}

/** A `Signer` that answers later: a key management service, a hardware module, a WebCrypto key that cannot be exported. */
export interface AsyncSigner {
  readonly publicKey: PublicKey;
  /** As `Signer.sign`. */
  signAsync(message: Uint8Array): Promise<Uint8Array>;
}

/** r and s in 32 bytes each. */
const RAW_BYTES = 64;

/** A signature in the one form that tokens carry. */
function normalize(signer: Signer | AsyncSigner, signature: Uint8Array): Uint8Array {
  if (signer.publicKey.algorithm === "ed25519") return signature;
  const isRaw = signature.length === RAW_BYTES && toRaw(signature) === undefined;
  return canonicalSignature(isRaw ? fromRaw(signature) : signature);
}

const failed = (message: string, cause?: unknown): BiscuitError =>
  new BiscuitError("signer-failed", message, { cause });

/** A service that signs with another key than it says would make tokens that nobody can verify: said here, not there. */
const refused = (signer: Signer | AsyncSigner): BiscuitError =>
  failed(
    `the signer's signature is not valid for its public key ${signer.publicKey.toString()}: it signs with another key, or signs a digest instead of the message`,
  );

/** This library's own keys sign in the right form by construction; checking them again would cost twice the signature. */
const isTrusted = (signer: object): boolean => signer instanceof KeyPair;

/** Throws `signer-failed` when the signer throws, or gives what its public key does not verify. */
export function signWith(signer: Signer, message: Uint8Array): Uint8Array {
  if (isTrusted(signer)) return signer.sign(message);
  let signature: Uint8Array;
  try {
    signature = normalize(signer, signer.sign(message));
  } catch (cause) {
    throw failed("the signer failed", cause);
  }
  if (signer.publicKey.verify(message, signature)) return signature;
  throw refused(signer);
}

/** As `signWith`. Takes either kind of signer. */
export async function signWithAsync(
  signer: Signer | AsyncSigner,
  message: Uint8Array,
): Promise<Uint8Array> {
  const sign = async (): Promise<Uint8Array> =>
    "signAsync" in signer ? signer.signAsync(message) : signer.sign(message);
  if (isTrusted(signer)) return sign();
  let signature: Uint8Array;
  try {
    signature = normalize(signer, await sign());
  } catch (cause) {
    throw failed("the signer failed", cause);
  }
  if (await signer.publicKey.verifyAsync(message, signature)) return signature;
  throw refused(signer);
}
