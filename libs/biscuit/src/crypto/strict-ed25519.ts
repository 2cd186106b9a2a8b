import { toHex } from "../values/hex.ts";

/**
 * Encodings, sign bit cleared, of the points whose order divides 8, and their non-canonical forms. Whoever uses such a
 * point as a key or as R can make signatures that verify for other messages or keys too.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

/** Whether y ≥ 2^255 - 19, which no correct encoder writes (RFC 8032 §5.1.3). */
function isNonCanonical(y: Uint8Array): boolean {
  return y[31] === 0x7f && (y[0] ?? 0) >= 0xed && y.subarray(1, 31).every((byte) => byte === 0xff);
}

/** Whether a 32-byte encoded point must be refused, as a public key and as the R of a signature. */
export function isWeakPoint(encoded: Uint8Array): boolean {
  const y = Uint8Array.from(encoded);
  y[31] = (y[31] ?? 0) & 0x7f;
  return isNonCanonical(y) || SMALL_ORDER.has(toHex(y));
}
