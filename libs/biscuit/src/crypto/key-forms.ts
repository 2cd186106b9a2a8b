import { notLoaded } from "../errors/biscuit-error.ts";

/** The forms in which other programs keep a kind of key. What reads throws `invalid-key`. */
export interface KeyForms<Key, Jwk> {
  fromPem(pem: string): Key;
  fromDer(der: Uint8Array): Key;
  fromJwk(jwk: object): Key;
  toPem(key: Key): string;
  toDer(key: Key): Uint8Array;
  toJwk(key: Key): Jwk;
}

/** The forms, which are not in the core: there keys are text or bytes. Throws `not-installed` when only it was loaded. */
export function installed<Forms>(forms: Forms | undefined): Forms {
  if (forms !== undefined) return forms;
  throw notLoaded("PEM, DER and JWK are", "key-formats");
}
