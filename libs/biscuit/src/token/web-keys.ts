import { ALGORITHMS } from "../crypto/backend.ts";
import { PublicKey } from "../crypto/public-key.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { toHex } from "../values/hex.ts";
import { checkRootKeyId } from "./root-key-id.ts";
import type { RootKey } from "./key-ring.ts";

/** Where an issuer publishes its root keys, below its origin. */
export const WEB_KEYS_PATH = "/.well-known/biscuit-web-keys";

/** Keys of one document; an issuer has a few. */
const MAX_KEYS = 100;

/** One published root key (specification, "Biscuit web keys"). */
export interface WebKey {
  readonly publicKey: PublicKey;
  /** The root key id of the tokens it signs. */
  readonly keyId: number;
  /** Free text that tells keys of one domain apart. It is no reason to trust one. */
  readonly issuer?: string;
  /** When the issuer plans to stop using the key; not when tokens expire. */
  readonly expiresAt?: Date;
}

const malformed = (message: string): BiscuitError =>
  new BiscuitError("malformed-web-keys", message);

function read(entry: unknown, index: number): WebKey {
  const fail = (what: string): BiscuitError => malformed(`key ${index}: ${what}`);
  if (typeof entry !== "object" || entry === null) throw fail("not an object");
  const member = (name: string): unknown => Reflect.get(entry, name);
  const keyId = member("key_id");
  if (typeof keyId !== "number") throw fail("key_id is not an integer");
  const [issuer, expires] = [member("issuer"), member("expires_at")];
  if (issuer !== undefined && issuer !== null && typeof issuer !== "string")
    throw fail("issuer is not text");
  checkRootKeyId(keyId);
  return {
    publicKey: readKey(member("algorithm"), member("key_bytes"), fail),
    keyId,
    ...(typeof issuer === "string" ? { issuer } : {}),
    ...(expires === undefined || expires === null ? {} : { expiresAt: readDate(expires, fail) }),
  };
}

function readKey(
  algorithm: unknown,
  hex: unknown,
  fail: (what: string) => BiscuitError,
): PublicKey {
  const known = ALGORITHMS.find((name) => name === algorithm);
  if (known === undefined) throw fail(`algorithm is not one of ${ALGORITHMS.join(", ")}`);
  return PublicKey.fromString(`${known}/${String(hex)}`);
}

/** RFC 3339 with a time zone: local times of an unknown place say nothing. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

function readDate(value: unknown, fail: (what: string) => BiscuitError): Date {
  const date = new Date(typeof value === "string" && DATE_TIME.test(value) ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) throw fail("expires_at is not a date and time of RFC 3339");
  return date;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BiscuitError("malformed-web-keys", "the document is not JSON", { cause });
  }
}

/**
 * Reads a document of `/.well-known/biscuit-web-keys`: all of it or nothing, since a key that was left out might be the one
 * that replaces another. Throws `malformed-web-keys`, `invalid-key` or `invalid-value`.
 */
export function parseWebKeys(text: string): readonly WebKey[] {
  const document = parseJson(text);
  if (!Array.isArray(document)) throw malformed("the document is not an array");
  if (document.length > MAX_KEYS)
    throw malformed(`${document.length} keys; at most ${MAX_KEYS} are read`);
  const keys = document.map(read);
  if (new Set(keys.map(({ keyId }) => keyId)).size < keys.length)
    throw malformed("two keys have one key_id");
  return keys;
}

/** The document to publish, as JSON. */
export function printWebKeys(keys: readonly WebKey[]): string {
  const document = keys.map(({ publicKey, keyId, issuer, expiresAt }) => ({
    algorithm: publicKey.algorithm,
    key_bytes: toHex(publicKey.view),
    key_id: keyId,
    ...(issuer === undefined ? {} : { issuer }),
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt.toISOString() }),
  }));
  return JSON.stringify(document);
}

/** As a `KeyRing` takes them: a key that its issuer no longer uses is no longer trusted. */
export const rootKeysOf = (keys: readonly WebKey[]): RootKey[] =>
  keys.map(({ publicKey, keyId, expiresAt }) => ({
    id: keyId,
    publicKey,
    ...(expiresAt === undefined ? {} : { notAfter: expiresAt }),
  }));
