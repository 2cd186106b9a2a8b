import { BiscuitError } from "../errors/biscuit-error.ts";
import { sameBytes } from "../values/bytes.ts";
import type { NewKey, SigningKey, VerifyingKey } from "./backend.ts";
import { fromRaw, toRaw } from "./ecdsa-der.ts";
import {
  compress,
  decompress,
  to32Bytes,
  toBigInt,
  type Point,
  uncompressed,
} from "./p256-point.ts";
import { publicPoint } from "./web-p256-derive.ts";

const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

function onlyAsync(what: string): BiscuitError {
  return new BiscuitError(
    "async-required",
    `this platform ${what} secp256r1 signatures asynchronously only: use the method whose name ends in Async`,
  );
}

/** A view of memory that no other thread shares, which is what WebCrypto's types ask for. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

/** The key is imported once and by whoever needs it first; a failure is everybody's. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}

export function importPublicP256(publicKey: Uint8Array): VerifyingKey {
  const point = decompress(publicKey);
  if (point === undefined) throw new Error("not a point of P-256");
  const key = once<Key>(() =>
    crypto.subtle.importKey("raw", owned(uncompressed(point)), CURVE, false, ["verify"]),
  );
  return {
    verify() {
      throw onlyAsync("verifies");
    },
    async verifyAsync(message, signature) {
      const raw = toRaw(signature);
      if (raw === undefined) return false;
      return crypto.subtle.verify(SIGNATURE, await key(), owned(raw), owned(message));
    },
  };
}

const base64url = (value: bigint): string =>
  btoa(String.fromCharCode(...to32Bytes(value)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace("=", "");

function signingKey(scalar: bigint, { x, y }: Point): SigningKey {
  const jwk = { kty: "EC", crv: "P-256", x: base64url(x), y: base64url(y), d: base64url(scalar) };
  const key = once<Key>(() => crypto.subtle.importKey("jwk", jwk, CURVE, false, ["sign"]));
  return {
    publicKey: compress({ x, y }),
    sign() {
      throw onlyAsync("makes");
    },
    async signAsync(message) {
      const raw = await crypto.subtle.sign(SIGNATURE, await key(), owned(message));
      return fromRaw(new Uint8Array(raw));
    },
  };
}

export function importP256(secret: Uint8Array, publicKey: Uint8Array | undefined): SigningKey {
  const scalar = toBigInt(secret);
  const point = publicPoint(scalar);
  if (point === undefined) throw new Error("not a P-256 scalar");
  const key = signingKey(scalar, point);
  if (publicKey === undefined || sameBytes(key.publicKey, publicKey)) return key;
  throw new Error("the public key is another secret's");
}

/** Draws until the number is a scalar: once in 2^32 it takes a second draw. */
export function generateP256(): NewKey {
  for (;;) {
    const secret = crypto.getRandomValues(new Uint8Array(32));
    const scalar = toBigInt(secret);
    const point = publicPoint(scalar);
    if (point !== undefined) return { secret, signing: signingKey(scalar, point) };
  }
}
