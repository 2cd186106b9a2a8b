import {
  AsyncTokenVerifier,
  type Biscuit,
  KeyRing,
  MemoryRevocationStore,
  PublicKey,
  type RootKey,
  TokenVerifier,
} from "@bastide/biscuit";
import { type EntryChange, isRootKey } from "../control/entry.ts";

/** A change of what is trusted, checked and ready to be put into force. */
export interface PreparedTrust {
  /** What is not mentioned is not trusted. */
  readonly isWhole: boolean;
  readonly keys: ReadonlyMap<string, RootKey | undefined>;
  readonly revoked: readonly string[];
  readonly restored: readonly string[];
}

/**
 * A token of so few characters has few signatures: to check them takes less than to hand them to other threads, which then
 * compete with this one for the processors. Longer ones would hold up every other request.
 */
const SHORT_CHARACTERS = 1_000;

/** Beginnings of chains of signatures that were verified: tokens of one issuer share them. */
const CACHE = { maxTokens: 0, maxPrefixes: 4_000 };

interface Verifiers {
  readonly atOnce: TokenVerifier;
  readonly onThreads: AsyncTokenVerifier;
}

/**
 * Which tokens are genuine: the platform's root keys and what was revoked. Both are looked at again for every request,
 * whatever is cached: `epoch` counts their changes.
 */
export class Trust {
  readonly #onChange = new Set<(change: PreparedTrust) => void>();
  readonly #keysByName = new Map<string, RootKey>();
  #revocations = new MemoryRevocationStore();
  #keys = KeyRing.of([]);
  #verifiers = this.#makeVerifiers();
  #epoch = 0;
  #keyEpoch = 0;

  get epoch(): number {
    return this.#epoch;
  }

  /** Counts the changes of root keys alone. */
  get keyEpoch(): number {
    return this.#keyEpoch;
  }

  get revocations(): number {
    return this.#revocations.size;
  }

  /** Throws for a key that is none, having changed nothing. */
  prepare(changes: readonly EntryChange[], isWhole: boolean): PreparedTrust {
    const keys = new Map<string, RootKey | undefined>();
    const revoked: string[] = [];
    const restored: string[] = [];
    for (const [key, entry] of changes) {
      if (key.startsWith("root-key/"))
        keys.set(key, entry && isRootKey(entry) ? keyOf(entry) : undefined);
      else if (key.startsWith("revocation/")) (entry ? revoked : restored).push(idIn(key));
    }
    return { isWhole, keys, revoked, restored };
  }

  commit(change: PreparedTrust): void {
    const { isWhole, keys, revoked, restored } = change;
    if (!isWhole && keys.size + revoked.length + restored.length === 0) return;
    if (isWhole) this.#revocations = new MemoryRevocationStore();
    for (const id of revoked) this.#revocations.revoke(id);
    for (const id of restored) this.#revocations.restore(id);
    if (isWhole || keys.size > 0) this.#setKeys(keys, isWhole);
    this.#epoch += 1;
    for (const tell of this.#onChange) tell(change);
  }

  /** Calls `listener` after each change. */
  onChange(listener: (change: PreparedTrust) => void): void {
    this.#onChange.add(listener);
  }

  /** Signatures of long tokens are verified on other threads. Throws or rejects with BiscuitError for what is no token of ours. */
  verify(token: string): Biscuit | Promise<Biscuit> {
    const { atOnce, onThreads } = this.#verifiers;
    return token.length <= SHORT_CHARACTERS ? atOnce.verify(token) : onThreads.verify(token);
  }

  isRevoked(revocationIds: readonly string[]): boolean {
    return this.#revocations.findRevoked(revocationIds) !== undefined;
  }

  /** Names the keys that verify tokens with this id; empty when there are none. */
  keysFor(rootKeyId: number | undefined): string {
    try {
      return this.#keys.candidates(rootKeyId).join();
    } catch {
      return "";
    }
  }

  #setKeys(keys: PreparedTrust["keys"], isWhole: boolean): void {
    if (isWhole) this.#keysByName.clear();
    for (const [name, key] of keys)
      if (key) this.#keysByName.set(name, key);
      else this.#keysByName.delete(name);
    this.#keys = KeyRing.of([...this.#keysByName.values()]);
    this.#verifiers = this.#makeVerifiers();
    this.#keyEpoch += 1;
  }

  #makeVerifiers(): Verifiers {
    const options = {
      keys: this.#keys,
      // Asked when a token is verified, so that a new one is not needed for each revocation.
      revocations: { findRevoked: (ids: readonly string[]) => this.#revocations.findRevoked(ids) },
      cache: CACHE,
    };
    return { atOnce: new TokenVerifier(options), onThreads: new AsyncTokenVerifier(options) };
  }
}

const idIn = (key: string): string => key.slice(key.indexOf("/") + 1);

const keyOf = ({ id, publicKey }: { id: number; publicKey: string }): RootKey => ({
  id,
  publicKey: PublicKey.fromString(publicKey),
});
