import { invalidKey } from "./invalid-key.ts";
import { readPrivateJwk, readPublicJwk, writePublicJwk } from "./jwk.ts";
import {
  type PublicKeyBytes,
  readPkcs8,
  readSpki,
  type SecretKeyBytes,
  writePkcs8,
  writeSpki,
} from "./key-der.ts";
import { installKeyPairForms, KeyPair } from "./key-pair.ts";
import { fromPem, toBase64url, toPem } from "./key-text.ts";
import { decompress, uncompressed } from "./p256-point.ts";
import { installPublicKeyForms, PublicKey } from "./public-key.ts";

/** Errors are made anew, without a cause: a parser's message might quote what it read. */
function read<Bytes>(what: string, parse: () => Bytes): Bytes {
  try {
    return parse();
  } catch {
    throw invalidKey(`not ${what}`);
  }
}

function publicKey(what: string, parse: () => PublicKeyBytes): PublicKey {
  const key = read(`${what} for Ed25519 or P-256`, parse);
  return PublicKey.fromBytes(key.algorithm, key.publicKey);
}

function keyPair(what: string, parse: () => SecretKeyBytes): KeyPair {
  const key = read(`${what} for Ed25519 or P-256, unencrypted`, parse);
  const pair = KeyPair.fromSecret(key.algorithm, key.secret);
  if (key.publicKey === undefined) return pair;
  const claimed = PublicKey.fromBytes(key.algorithm, key.publicKey);
  if (claimed.equals(pair.publicKey)) return pair;
  throw invalidKey(
    `the private key does not belong to the public key ${claimed.toString()} beside it`,
  );
}

/** As other formats have it: P-256 in its uncompressed form. */
function pointOf({ algorithm, view }: PublicKey): Uint8Array {
  const point = algorithm === "ed25519" ? undefined : decompress(view);
  return point === undefined ? view : uncompressed(point);
}

const spki = (key: PublicKey): Uint8Array => writeSpki(key.algorithm, pointOf(key));
const pkcs8 = (pair: KeyPair): Uint8Array =>
  writePkcs8(pair.algorithm, pair.secret, pointOf(pair.publicKey));

const LABELS = ["PRIVATE KEY", "EC PRIVATE KEY"];

/** Makes the methods of `PublicKey` and `KeyPair` work that are named for PEM, DER and JWK. */
export function installKeyFormats(): void {
  installPublicKeyForms({
    fromPem: (pem) => publicKey("a PEM public key", () => readSpki(fromPem(pem, ["PUBLIC KEY"]))),
    fromDer: (der) => publicKey("a SubjectPublicKeyInfo", () => readSpki(der)),
    fromJwk: (jwk) => publicKey("a JSON Web Key", () => readPublicJwk(jwk)),
    toPem: (key) => toPem(spki(key), "PUBLIC KEY"),
    toDer: spki,
    toJwk: (key) => writePublicJwk(key.algorithm, pointOf(key)),
  });
  installKeyPairForms({
    fromPem: (pem) => keyPair("a PKCS #8 PEM private key", () => readPkcs8(fromPem(pem, LABELS))),
    fromDer: (der) => keyPair("a PKCS #8 private key", () => readPkcs8(der)),
    fromJwk: (jwk) => keyPair("a JSON Web Key with a secret", () => readPrivateJwk(jwk)),
    toPem: (pair) => toPem(pkcs8(pair), "PRIVATE KEY"),
    toDer: pkcs8,
    toJwk: (pair) => ({ ...pair.publicKey.toJwk(), d: toBase64url(pair.secret) }),
  });
}
