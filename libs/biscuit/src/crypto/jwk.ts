import { concatBytes } from "../values/bytes.ts";
import type { Algorithm } from "./backend.ts";
import { compressedPoint, type PublicKeyBytes, type SecretKeyBytes } from "./key-der.ts";
import { fromBase64url, toBase64url } from "./key-text.ts";

/** The public half of a JSON Web Key: RFC 8037 §2 for Ed25519, RFC 7518 §6.2 for P-256. */
export interface PublicJwk {
  readonly kty: "OKP" | "EC";
  readonly crv: "Ed25519" | "P-256";
  readonly x: string;
  /** P-256 only. */
  readonly y?: string;
}

/** A JSON Web Key with its secret. */
export interface PrivateJwk extends PublicJwk {
  readonly d: string;
}

function memberOf(jwk: object, name: string, size: number): Uint8Array {
  const value: unknown = Reflect.get(jwk, name);
  const bytes = typeof value === "string" ? fromBase64url(value) : undefined;
  if (bytes?.length === size) return bytes;
  throw new Error(`no member ${name} of ${size} bytes`);
}

function algorithmOf(jwk: object): Algorithm {
  const kind = `${String(Reflect.get(jwk, "kty"))} ${String(Reflect.get(jwk, "crv"))}`;
  if (kind === "OKP Ed25519") return "ed25519";
  if (kind === "EC P-256") return "secp256r1";
  throw new Error("another type or curve");
}

/** Throws anything for what is no public Ed25519 or P-256 key. Members for other uses are ignored. */
export function readPublicJwk(jwk: object): PublicKeyBytes {
  const algorithm = algorithmOf(jwk);
  const x = memberOf(jwk, "x", 32);
  if (algorithm === "ed25519") return { algorithm, publicKey: x };
  const point = concatBytes(new Uint8Array([4]), x, memberOf(jwk, "y", 32));
  return { algorithm, publicKey: compressedPoint(point) };
}

/** As `readPublicJwk`, for a key with its secret. */
export const readPrivateJwk = (jwk: object): SecretKeyBytes => ({
  ...readPublicJwk(jwk),
  secret: memberOf(jwk, "d", 32),
});

/** `point` is P-256's uncompressed form, 65 bytes. */
export function writePublicJwk(algorithm: Algorithm, point: Uint8Array): PublicJwk {
  if (algorithm === "ed25519") return { kty: "OKP", crv: "Ed25519", x: toBase64url(point) };
  const [x, y] = [toBase64url(point.subarray(1, 33)), toBase64url(point.subarray(33))];
  return { kty: "EC", crv: "P-256", x, y };
}
