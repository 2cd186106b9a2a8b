import type { PublicKey } from "../crypto/public-key.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { checkRootKeyId } from "./root-key-id.ts";
import { namesKey, type RootKeyCandidates } from "./root-keys.ts";

/** A root key that a verifier trusts. */
export interface RootKey {
  /** The root key id of the tokens it verifies; absent for tokens that name none. */
  readonly id?: number;
  readonly publicKey: PublicKey;
  /** First moment at which it is trusted; from ever when absent. */
  readonly notBefore?: Date;
  /** First moment at which it is trusted no more; for ever when absent. Says nothing about a single token's age. */
  readonly notAfter?: Date;
}

/** What else a key ring may be told. */
export interface KeyRingOptions {
  /** The time that rotation windows are compared with; the system's unless given. */
  readonly now?: () => Date;
}

/** Keys without an id that a ring may have: each may cost a verification for a token that names no key. */
const MAX_ANONYMOUS_KEYS = 8;

function checkWindow({ id, notBefore, notAfter }: RootKey): void {
  const from = notBefore?.getTime() ?? Number.NEGATIVE_INFINITY;
  const until = notAfter?.getTime() ?? Number.POSITIVE_INFINITY;
  // False for invalid dates as well.
  if (from < until) return;
  throw new BiscuitError(
    "invalid-value",
    `root key ${id ?? "(without id)"} is trusted at no time: its notBefore must be before its notAfter`,
  );
}

function checkKeys(keys: readonly RootKey[]): void {
  const ids = keys.flatMap(({ id }) => (id === undefined ? [] : [id]));
  for (const id of ids) checkRootKeyId(id);
  for (const key of keys) checkWindow(key);
  if (new Set(ids).size < ids.length)
    throw new BiscuitError("invalid-value", "a key ring has one root key id twice");
  const anonymous = keys.length - ids.length;
  if (anonymous > MAX_ANONYMOUS_KEYS)
    throw new BiscuitError(
      "invalid-value",
      `a key ring has ${anonymous} keys without id; at most ${MAX_ANONYMOUS_KEYS}: give them ids`,
    );
}

/** The root keys that a verifier trusts, by the id that tokens name, each for its time. Immutable. */
export class KeyRing implements RootKeyCandidates {
  readonly #keys: readonly RootKey[];
  readonly #now: () => Date;

  private constructor(keys: readonly RootKey[], now: () => Date) {
    this.#keys = keys;
    this.#now = now;
  }

  /** Throws `invalid-value` when two keys have one id, an id is no 32-bit number or a window is empty. */
  static of(keys: readonly RootKey[], options: KeyRingOptions = {}): KeyRing {
    checkKeys(keys);
    return new KeyRing([...keys], options.now ?? (() => new Date()));
  }

  /** As they were given, whether trusted now or not. */
  get keys(): readonly RootKey[] {
    return this.#keys;
  }

  /**
   * The keys that may verify a token with `rootKeyId`, in the order to try. A token that names none gets the keys without
   * id, or the only key there is: the id is a hint, the signature decides. Throws `unknown-root-key` when there is none,
   * `inactive-root-key` when its time is over or yet to come.
   */
  candidates(rootKeyId: number | undefined): readonly PublicKey[] {
    const matching = this.#keys.filter(({ id }) => id === rootKeyId);
    const isOnly = rootKeyId === undefined && matching.length === 0 && this.#keys.length === 1;
    const chosen = isOnly ? this.#keys : matching;
    if (chosen.length === 0) throw this.#unknown(rootKeyId);
    const now = this.#now().getTime();
    const active = chosen.filter((key) => isActive(key, now));
    if (active.length === 0) throw inactive(rootKeyId, chosen, now);
    return active.map(({ publicKey }) => publicKey);
  }

  #unknown(rootKeyId: number | undefined): BiscuitError {
    const ids = this.#keys.map(({ id }) => id ?? "(none)").join(", ");
    return new BiscuitError(
      "unknown-root-key",
      `the token ${namesKey(rootKeyId)}; known are: ${ids || "none"}`,
    );
  }
}

const isActive = ({ notBefore, notAfter }: RootKey, now: number): boolean =>
  (notBefore === undefined || notBefore.getTime() <= now) &&
  (notAfter === undefined || now < notAfter.getTime());

function inactive(
  rootKeyId: number | undefined,
  [key]: readonly RootKey[],
  now: number,
): BiscuitError {
  const window = `${key?.notBefore?.toISOString() ?? "ever"} to ${key?.notAfter?.toISOString() ?? "ever"}`;
  return new BiscuitError(
    "inactive-root-key",
    `the token ${namesKey(rootKeyId)}, which is trusted from ${window}; it is ${new Date(now).toISOString()}`,
  );
}
