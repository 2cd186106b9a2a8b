import { cryptoBackend } from "../crypto/default-backend.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import { LIMITS } from "../limits.ts";
import { Biscuit } from "./biscuit.ts";
import { BoundedCache } from "./bounded-cache.ts";
import {
  type AsyncParseOptions,
  openToken,
  type Parsed,
  type ParseOptions,
  safely,
  safelyAsync,
  type VerifiedToken,
  verifyToken,
  verifyTokenAsync,
} from "./open-token.ts";
import { checkRevocation, checkRevocationAsync } from "./revocation.ts";
import {
  type AsyncRootKeys,
  candidateKeys,
  candidateKeysAsync,
  type RootKeys,
} from "./root-keys.ts";
import { VerifiedPrefixes } from "./verified-prefixes.ts";

/** How much a verifier remembers. */
export interface VerifierCacheOptions {
  /** Tokens; 1,000 unless given. 0 switches the cache off. */
  readonly maxTokens?: number;
  /**
   * Sum of the tokens' sizes as they were presented, in bytes; 1 MiB unless given. A token that is kept takes some ten times
   * its size, decoded and compiled.
   */
  readonly maxTokenBytes?: number;
  /** Beginnings of chains; 4,000 unless given, of some 300 bytes each. 0 switches the cache off. */
  readonly maxPrefixes?: number;
}

/** What a `TokenVerifier` is made of. */
export interface TokenVerifierOptions extends ParseOptions {
  readonly keys: RootKeys;
  readonly cache?: VerifierCacheOptions;
}

/** What an `AsyncTokenVerifier` is made of. */
export interface AsyncTokenVerifierOptions extends AsyncParseOptions {
  readonly keys: RootKeys | AsyncRootKeys;
  readonly cache?: VerifierCacheOptions;
}

interface Remembered {
  readonly token: Biscuit;
  readonly root: PublicKey;
}

const DEFAULTS = { maxTokens: 1000, maxTokenBytes: 2 ** 20, maxPrefixes: 4000 };

const MAX_INPUT = 2 * LIMITS.tokenBytes;

/** The caches of a verifier. They hold what signatures prove and nothing that time or a revocation can change. */
class Memory {
  readonly prefixes: VerifiedPrefixes | undefined;
  readonly #tokens: BoundedCache<Remembered> | undefined;

  constructor(options: VerifierCacheOptions = {}) {
    const { maxTokens, maxTokenBytes, maxPrefixes } = { ...DEFAULTS, ...options };
    const bounds = { maxEntries: maxTokens, maxBytes: maxTokenBytes };
    this.#tokens = maxTokens > 0 ? new BoundedCache(bounds) : undefined;
    this.prefixes = maxPrefixes > 0 ? new VerifiedPrefixes(maxPrefixes) : undefined;
  }

  /** The digest and not the token is the key, so that nobody finds tokens among a heap dump's keys. */
  keyOf(token: string | Uint8Array): string {
    // Longer input than any token is not worth hashing: opening it refuses it.
    if (this.#tokens === undefined || token.length > MAX_INPUT) return "";
    // The two kinds of input cannot stand for each other: a token's bytes may happen to spell another token's text.
    return (typeof token === "string" ? "t" : "b") + cryptoBackend().digest(token);
  }

  get(key: string): Remembered | undefined {
    return this.#tokens?.get(key);
  }

  forget(key: string): void {
    this.#tokens?.delete(key);
  }

  remember(key: string, { data, root }: VerifiedToken, bytes: number): Biscuit {
    const token = Biscuit.ofVerified(data);
    this.#tokens?.set(key, { token, root }, bytes);
    return token;
  }
}

/** Whether the root key that signed is still one of those that may. */
const isTrusted = (candidates: readonly PublicKey[], root: PublicKey): boolean =>
  candidates.some((key) => key.equals(root));

/**
 * Verifies tokens as `Biscuit.parse` does, remembering what it has verified: a token that comes again costs a digest, and one
 * that was attenuated, or shares its authority block, costs its new blocks. Keys and revocations are asked every time, so a
 * key that rotates out, or a revocation, counts from the next call. Holds no secret but those of the tokens it remembers.
 */
export class TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #memory: Memory;

  constructor(options: TokenVerifierOptions) {
    this.#options = options;
    this.#memory = new Memory(options.cache);
  }

  /** Throws as `Biscuit.parse`. */
  verify(token: string | Uint8Array): Biscuit {
    const { keys, revocations } = this.#options;
    const key = this.#memory.keyOf(token);
    const known = this.#memory.get(key);
    if (known !== undefined) {
      checkRevocation(known.token.revocationIds, revocations);
      if (isTrusted(candidateKeys(keys, known.token.rootKeyId), known.root)) return known.token;
      this.#memory.forget(key);
    }
    const verified = verifyToken(openToken(token), keys, this.#options, this.#memory.prefixes);
    return this.#memory.remember(key, verified, token.length);
  }

  /** As `verify`, but says in its result what is wrong. */
  safeVerify(token: string | Uint8Array): Parsed<Biscuit> {
    return safely(() => this.verify(token));
  }
}

/**
 * A `TokenVerifier` for keys and revocations that come later and for platforms where P-256 is asynchronous. Two calls with
 * one new token at once verify it twice.
 */
export class AsyncTokenVerifier {
  readonly #options: AsyncTokenVerifierOptions;
  readonly #memory: Memory;

  constructor(options: AsyncTokenVerifierOptions) {
    this.#options = options;
    this.#memory = new Memory(options.cache);
  }

  /** Rejects as `Biscuit.parseAsync`. */
  async verify(token: string | Uint8Array): Promise<Biscuit> {
    const { keys, revocations } = this.#options;
    const key = this.#memory.keyOf(token);
    const known = this.#memory.get(key);
    if (known !== undefined) {
      await checkRevocationAsync(known.token.revocationIds, revocations);
      const candidates = await candidateKeysAsync(keys, known.token.rootKeyId);
      if (isTrusted(candidates, known.root)) return known.token;
      this.#memory.forget(key);
    }
    const { prefixes } = this.#memory;
    const verified = await verifyTokenAsync(openToken(token), keys, this.#options, prefixes);
    return this.#memory.remember(key, verified, token.length);
  }

  /** As `verify`, but says in its result what is wrong with the token; other failures reject. */
  async safeVerify(token: string | Uint8Array): Promise<Parsed<Biscuit>> {
    return safelyAsync(() => this.verify(token));
  }
}
