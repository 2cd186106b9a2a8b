import { concatBytes } from "../values/bytes.ts";
import { fromHex, toHex } from "../values/hex.ts";

/** The order of P-256's group. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

interface EcdsaSignature {
  readonly r: bigint;
  readonly s: bigint;
}

/** Positive, and no zero byte in front but the one that keeps it positive. */
function isMinimal([first = 0x80, second]: Uint8Array): boolean {
  if (first !== 0) return first < 0x80;
  return second === undefined || second >= 0x80;
}

/** Reads a DER INTEGER at `at`; only the minimal form of a positive number is one. */
function readInteger(der: Uint8Array, at: number): { value: bigint; end: number } | undefined {
  const length = der[at + 1] ?? 0;
  const body = der.subarray(at + 2, at + 2 + length);
  const hasRoom = length >= 1 && length <= 33 && body.length === length;
  if (der[at] !== 0x02 || !hasRoom || !isMinimal(body)) return undefined;
  return { value: BigInt(`0x${toHex(body)}`), end: at + 2 + length };
}

/** ECDSA-Sig-Value in strict DER with r and s in [1, n - 1] (SEC 1 §C.5), or `undefined`. */
export function parseSignature(der: Uint8Array): EcdsaSignature | undefined {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined;
  const r = readInteger(der, 2);
  const s = r === undefined ? undefined : readInteger(der, r.end);
  if (r === undefined || s === undefined || s.end !== der.length) return undefined;
  const inRange = [r.value, s.value].every((value) => value > 0n && value < ORDER);
  return inRange ? { r: r.value, s: s.value } : undefined;
}

function writeInteger(value: bigint): Uint8Array {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const body = fromHex(/^[89a-f]/.test(even) ? `00${even}` : even) ?? new Uint8Array();
  return concatBytes(new Uint8Array([0x02, body.length]), body);
}

/**
 * The same signature with the smaller of s and n - s. Both verify, so anybody can turn one into the other; what
 * identifies a signature must not depend on which was sent. Bytes that are no signature come back as they are.
 */
export function canonicalSignature(der: Uint8Array): Uint8Array {
  const signature = parseSignature(der);
  if (signature === undefined || signature.s <= ORDER / 2n) return der;
  const body = concatBytes(writeInteger(signature.r), writeInteger(ORDER - signature.s));
  return concatBytes(new Uint8Array([0x30, body.length]), body);
}
