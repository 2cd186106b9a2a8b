import { fromHex } from "../values/hex.ts";

export const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

/** PKCS #8 of an Ed25519 seed (RFC 8410 §7) up to the seed itself. */
export const ED25519_PKCS8: Uint8Array = bytes("302e020100300506032b657004220420");
/** SubjectPublicKeyInfo up to the key itself (RFC 8410 §4, RFC 5480 §2). */
export const ED25519_SPKI: Uint8Array = bytes("302a300506032b6570032100");
export const P256_SPKI_COMPRESSED: Uint8Array = bytes(
  "3039301306072a8648ce3d020106082a8648ce3d030107032200",
);
