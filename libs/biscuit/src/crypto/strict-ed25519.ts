import { hexBytes, toHex } from "../values/hex.ts";

/**
 * Encodings, sign bit cleared, of the points whose order divides 8, and their non-canonical forms. Whoever uses such a
 * point as a key or as R can make signatures that verify for other messages or keys too.
 */
const SMALL_ORDER: readonly string[] = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/** The group's order L = 2^252 + 27742317777372353535851937790883648493, little-endian. */
const ORDER = hexBytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

/** Whether y ≥ 2^255 - 19, which no correct encoder writes (RFC 8032 §5.1.3). */
function isNonCanonical(y: Uint8Array): boolean {
  return y[31] === 0x7f && (y[0] ?? 0) >= 0xed && y.subarray(1, 31).every((byte) => byte === 0xff);
}

/** Bytes 1 and 2 of everything that is refused; other points need no closer look. */
function mayBeWeak(second: number, third: number): boolean {
  switch (second) {
    case 0x00:
    case 0xff:
      return second === third;
    case 0xe8:
      return third === 0x95;
    case 0x17:
      return third === 0x6a;
    default:
      return false;
  }
}

/** Whether a 32-byte encoded point must be refused, as a public key and as the R of a signature. */
export function isWeakPoint(encoded: Uint8Array): boolean {
  if (!mayBeWeak(encoded[1] ?? 0, encoded[2] ?? 0)) return false;
  // Not `slice`: of a Node `Buffer` that would be the same memory.
  const y = Uint8Array.from(encoded.subarray(0, 32));
  y[31] = (y[31] ?? 0) & 0x7f;
  return isNonCanonical(y) || SMALL_ORDER.includes(toHex(y));
}

/** Whether S, the second half of a signature, is below L (RFC 8032 §5.1.7); S + L would verify as well elsewhere. */
export function isReduced(signature: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const difference = (signature[32 + i] ?? 0) - (ORDER[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
