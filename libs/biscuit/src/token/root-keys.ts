import { PublicKey } from "../crypto/public-key.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { checkRootKeyId } from "./root-key-id.ts";

/** A root key that a verifier trusts. */
export interface RootKey {
  /** The root key id of the tokens it verifies; absent for tokens that name none. */
  readonly id?: number;
  readonly publicKey: PublicKey;
}

function checkIds(keys: readonly RootKey[]): void {
  for (const { id } of keys) if (id !== undefined) checkRootKeyId(id);
  if (new Set(keys.map(({ id }) => id)).size === keys.length) return;
  throw new BiscuitError("invalid-value", "a key ring has one root key id twice");
}

/** The root keys that a verifier trusts, by the id that tokens name. Immutable. */
export class KeyRing {
  readonly #keys: ReadonlyMap<number | undefined, PublicKey>;

  private constructor(keys: readonly RootKey[]) {
    this.#keys = new Map(keys.map(({ id, publicKey }) => [id, publicKey]));
  }

  /** Throws `invalid-value` when two keys have one id, or an id is no 32-bit number. */
  static of(keys: readonly RootKey[]): KeyRing {
    checkIds(keys);
    return new KeyRing(keys);
  }

  /**
   * The key for tokens with `rootKeyId`. A token that names none gets the key without id, or the only key there is: the id
   * is a hint, the signature decides. Throws `unknown-root-key`.
   */
  choose(rootKeyId: number | undefined): PublicKey {
    const named = this.#keys.get(rootKeyId);
    if (named !== undefined) return named;
    const [only] = this.#keys.values();
    if (rootKeyId === undefined && this.#keys.size === 1 && only !== undefined) return only;
    const which = rootKeyId === undefined ? "names no root key" : `names root key ${rootKeyId}`;
    const ids = [...this.#keys.keys()].map((id) => id ?? "(none)").join(", ");
    throw new BiscuitError("unknown-root-key", `the token ${which}; known are: ${ids || "none"}`);
  }
}

/** What verifies tokens: keys by id, one key for all of them, or a function of the id. */
export type RootKeys =
  | KeyRing
  | PublicKey
  | ((rootKeyId: number | undefined) => PublicKey | undefined);

/** Throws `unknown-root-key`. */
export function chooseRootKey(keys: RootKeys, rootKeyId: number | undefined): PublicKey {
  if (keys instanceof PublicKey) return keys;
  if (keys instanceof KeyRing) return keys.choose(rootKeyId);
  const key = keys(rootKeyId);
  if (key !== undefined) return key;
  throw new BiscuitError(
    "unknown-root-key",
    `no root key for the token's root key id ${rootKeyId ?? "(none)"}`,
  );
}
