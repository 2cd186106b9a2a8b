import { fromHex, toHex } from "../values/hex.ts";

/** NIST P-256 (SEC 2 §2.4.2): y² = x³ - 3x + b modulo p, of order n. */
export const P: bigint = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
export const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** Affine coordinates. */
export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

export const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes) || "0"}`);

/** Big-endian, 32 bytes. */
export const to32Bytes = (value: bigint): Uint8Array =>
  fromHex(value.toString(16).padStart(64, "0")) ?? new Uint8Array(32);

/** The remainder that is not negative. */
export function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

const rightSide = (x: bigint): bigint => mod(x * x * x - 3n * x + B, P);

/** The point of 33 bytes in compressed form (SEC 1 §2.3.4), or `undefined` when the curve has none with that x. */
export function decompress(bytes: Uint8Array): Point | undefined {
  const x = toBigInt(bytes.subarray(1));
  if (bytes.length !== 33 || (bytes[0] !== 2 && bytes[0] !== 3) || x >= P) return undefined;
  const square = rightSide(x);
  // p ≡ 3 (mod 4), so this is a root where there is one.
  const root = power(square, (P + 1n) / 4n, P);
  if ((root * root) % P !== square) return undefined;
  const isOdd = (root & 1n) === 1n;
  return { x, y: isOdd === (bytes[0] === 3) ? root : P - root };
}

export function isOnCurve({ x, y }: Point): boolean {
  return x < P && y < P && (y * y) % P === rightSide(x);
}

export function compress({ x, y }: Point): Uint8Array {
  const bytes = new Uint8Array(33);
  bytes[0] = (y & 1n) === 1n ? 3 : 2;
  bytes.set(to32Bytes(x), 1);
  return bytes;
}

/** 65 bytes: 04, x and y. */
export function uncompressed({ x, y }: Point): Uint8Array {
  const bytes = new Uint8Array(65);
  bytes[0] = 4;
  bytes.set(to32Bytes(x), 1);
  bytes.set(to32Bytes(y), 33);
  return bytes;
}
