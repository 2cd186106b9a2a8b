import { compareBytes, concatBytes } from "../values/bytes.ts";
import { N, to32Bytes, toBigInt } from "./p256-point.ts";

const ORDER = to32Bytes(N);
const HALF_ORDER = to32Bytes(N / 2n);
const NUMBER_BYTES = 32;

/** Positive, and no zero byte in front but the one that keeps it positive. */
function isMinimal(body: Uint8Array): boolean {
  const [first = 0x80, second = 0x80] = body;
  return first !== 0 ? first < 0x80 : body.length > 1 && second >= 0x80;
}

/** Copies the number in `body` to 32 bytes at `at`; false when it does not fit. */
function place(body: Uint8Array, raw: Uint8Array, at: number): boolean {
  const digits = body[0] === 0 ? body.subarray(1) : body;
  if (digits.length > NUMBER_BYTES) return false;
  raw.set(digits, at + NUMBER_BYTES - digits.length);
  return true;
}

/** Reads a DER INTEGER at `from` to `raw` and gives its end; only the minimal form of a positive number is one. */
function readInteger(der: Uint8Array, from: number, raw: Uint8Array, at: number): number {
  const length = der[from + 1] ?? 0;
  const body = der.subarray(from + 2, from + 2 + length);
  const isWhole = der[from] === 0x02 && length > 0 && body.length === length;
  return isWhole && isMinimal(body) && place(body, raw, at) ? from + 2 + length : -1;
}

/** From 1 to n - 1. */
const isInRange = (number: Uint8Array): boolean =>
  number.some((byte) => byte !== 0) && compareBytes(number, ORDER) < 0;

/**
 * r and s as 32 bytes each (IEEE P1363) of ECDSA-Sig-Value in strict DER with both in [1, n - 1] (SEC 1 §C.5); `undefined`
 * for anything else.
 */
export function toRaw(der: Uint8Array): Uint8Array | undefined {
  if (der[0] !== 0x30 || der[1] !== der.length - 2) return undefined;
  const raw = new Uint8Array(2 * NUMBER_BYTES);
  const middle = readInteger(der, 2, raw, 0);
  if (middle < 0 || readInteger(der, middle, raw, NUMBER_BYTES) !== der.length) return undefined;
  const areInRange =
    isInRange(raw.subarray(0, NUMBER_BYTES)) && isInRange(raw.subarray(NUMBER_BYTES));
  return areInRange ? raw : undefined;
}

function writeInteger(number: Uint8Array): Uint8Array {
  const start = number.findIndex((byte) => byte !== 0);
  const digits = number.subarray(start < 0 ? NUMBER_BYTES - 1 : start);
  const sign = (digits[0] ?? 0) >= 0x80 ? 1 : 0;
  const body = new Uint8Array(2 + sign + digits.length);
  body[0] = 0x02;
  body[1] = sign + digits.length;
  body.set(digits, 2 + sign);
  return body;
}

/** DER of r and s in 32 bytes each. */
export function fromRaw(raw: Uint8Array): Uint8Array {
  const r = writeInteger(raw.subarray(0, NUMBER_BYTES));
  const s = writeInteger(raw.subarray(NUMBER_BYTES));
  return concatBytes(new Uint8Array([0x30, r.length + s.length]), r, s);
}

/**
 * The same signature with the smaller of s and n - s. Both verify, so anybody can turn one into the other; what
 * identifies a signature must not depend on which was sent. Bytes that are no signature come back as they are.
 */
export function canonicalSignature(der: Uint8Array): Uint8Array {
  const raw = toRaw(der);
  const s = raw?.subarray(NUMBER_BYTES);
  if (raw === undefined || s === undefined || compareBytes(s, HALF_ORDER) <= 0) return der;
  raw.set(to32Bytes(N - toBigInt(s)), NUMBER_BYTES);
  return fromRaw(raw);
}
