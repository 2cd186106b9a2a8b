import { fromRaw, toRaw } from "./ecdsa-der.ts";
import { N, to32Bytes, toBigInt } from "./p256-point.ts";

/** The other P-256 signature that verifies: s replaced by n - s. */
export function otherForm(signature: Uint8Array): Uint8Array {
  const raw = toRaw(signature) ?? new Uint8Array(64);
  raw.set(to32Bytes(N - toBigInt(raw.subarray(32))), 32);
  return fromRaw(raw);
}

/** DER of any two numbers, in range or not. */
export function derOf(r: bigint, s: bigint): Uint8Array {
  return fromRaw(Uint8Array.from([...to32Bytes(r), ...to32Bytes(s)]));
}
