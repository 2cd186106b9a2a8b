import {
  AsyncTokenVerifier,
  type Biscuit,
  KeyRing,
  MemoryRevocationStore,
  PublicKey,
  type RootKey,
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

/** Beginnings of chains of signatures that were verified: tokens of one issuer share them. */
const CACHE = { maxTokens: 0, maxPrefixes: 4_000 };

/**
 * Which tokens are genuine: the platform's root keys and what was revoked. Both are looked at again for every request,
 * whatever is cached: `epoch` counts their changes.
 */
export class Trust {
  readonly #onChange = new Set<() => void>();
  readonly #keysByName = new Map<string, RootKey>();
  #revocations = new MemoryRevocationStore();
  #keys = KeyRing.of([]);
  #verifier = this.#makeVerifier();
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

  commit({ isWhole, keys, revoked, restored }: PreparedTrust): void {
    if (!isWhole && keys.size + revoked.length + restored.length === 0) return;
    if (isWhole) this.#revocations = new MemoryRevocationStore();
    for (const id of revoked) this.#revocations.revoke(id);
    for (const id of restored) this.#revocations.restore(id);
    if (isWhole || keys.size > 0) this.#setKeys(keys, isWhole);
    this.#epoch += 1;
    for (const tell of this.#onChange) tell();
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): void {
    this.#onChange.add(listener);
  }

  /** Signatures are verified on other threads. Rejects with BiscuitError for what is no token of ours. */
  verify(token: string): Promise<Biscuit> {
    return this.#verifier.verify(token);
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
    this.#verifier = this.#makeVerifier();
    this.#keyEpoch += 1;
  }

  #makeVerifier(): AsyncTokenVerifier {
    return new AsyncTokenVerifier({
      keys: this.#keys,
      // Asked when a token is verified, so that a new one is not needed for each revocation.
      revocations: { findRevoked: (ids) => this.#revocations.findRevoked(ids) },
      cache: CACHE,
    });
  }
}

const idIn = (key: string): string => key.slice(key.indexOf("/") + 1);

const keyOf = ({ id, publicKey }: { id: number; publicKey: string }): RootKey => ({
  id,
  publicKey: PublicKey.fromString(publicKey),
});
