import { BiscuitError } from "@bastide/biscuit";
import { createHash } from "node:crypto";
import { BucketTotal, RateBuckets } from "../limits/rate.ts";
import { BoundedMap } from "./bounded-map.ts";
import { type KnownToken, knownToken } from "./known-token.ts";
import type { Trust } from "./trust.ts";
import { Turns } from "./turns.ts";

/** Whose token it is, or why nobody can say. */
export type Checked =
  | { readonly kind: "known"; readonly known: KnownToken }
  | { readonly kind: "invalid" }
  /** The client's tokens failed too often lately: this one was not looked at. */
  | { readonly kind: "distrusted"; readonly retrySeconds: number }
  /** Too many are being verified. */
  | { readonly kind: "verifying" };

export interface TokenCheckLimits {
  /** Tokens that are remembered. */
  readonly mostTokens: number;
  /** Tokens that failed and are remembered. */
  readonly mostFailures: number;
  /** Characters of all tokens that wait for their verification or are in it: what that takes grows with them. */
  readonly mostVerifyingCharacters: number;
  /** Failed verifications of one client. */
  readonly failures: {
    readonly requests: number;
    readonly perSeconds: number;
    readonly burst: number;
  };
}

export const TOKEN_CHECK_LIMITS: TokenCheckLimits = {
  mostTokens: 2_000,
  mostFailures: 10_000,
  mostVerifyingCharacters: 256 * 1024,
  failures: { requests: 5, perSeconds: 1, burst: 50 },
};

/** Longest token that is looked at; Node bounds all headers of a request at about as much. */
const MAX_TOKEN_CHARACTERS = 16_384;

const INVALID: Checked = { kind: "invalid" };

/**
 * Verifies tokens, each once. What is known is answered at once, and before what is not: one verification begins in each
 * turn of the event loop, and signatures of long tokens are checked on other threads. What failed is remembered by its
 * digest; and a client whose tokens fail again and again is not served with verifications any more, so that it cannot
 * take the processor from others.
 */
export class TokenCheck {
  readonly #trust: Trust;
  readonly #limits: TokenCheckLimits;
  readonly #now: () => number;
  readonly #known: BoundedMap<KnownToken>;
  readonly #failed: BoundedMap<true>;
  readonly #verifying = new Map<string, Promise<Checked>>();
  readonly #turns = new Turns();
  #verifyingCharacters = 0;
  readonly #budgets = new RateBuckets(new BucketTotal(10_000));
  #failedIn = 0;

  constructor(trust: Trust, now: () => number, limits: TokenCheckLimits = TOKEN_CHECK_LIMITS) {
    this.#trust = trust;
    this.#now = now;
    this.#limits = limits;
    this.#known = new BoundedMap(limits.mostTokens);
    this.#failed = new BoundedMap(limits.mostFailures);
  }

  /** The token that is in a field of this value, if it is known and still good. */
  recall(field: string): KnownToken | undefined {
    const known = this.#known.get(field);
    if (known === undefined || this.isStillGood(known)) return known;
    this.#known.delete(field);
    return undefined;
  }

  /** The token of a field that `recall` does not know. `client`: who shares a budget of failures. */
  check(field: string, text: string, client: string): Checked | Promise<Checked> {
    if (text.length > MAX_TOKEN_CHARACTERS || this.#hasFailed(text)) return INVALID;
    // What another client did before may be held against that one alone.
    const key = `${client} ${field}`;
    const under = this.#verifying.get(key);
    if (under) return under;
    const distrusted = this.#distrusted(client);
    if (distrusted) return distrusted;
    if (this.#verifyingCharacters + text.length > this.#limits.mostVerifyingCharacters)
      return { kind: "verifying" };
    this.#verifyingCharacters += text.length;
    const verifying = this.#inItsTurn(field, text, client).finally(() => {
      this.#verifyingCharacters -= text.length;
      this.#verifying.delete(key);
    });
    this.#verifying.set(key, verifying);
    return verifying;
  }

  /** Whether a token that was good would be again. */
  isStillGood(known: KnownToken): boolean {
    const { epoch } = this.#trust;
    if (known.trustedIn === epoch) return true;
    if (this.#trust.isRevoked(known.revocationIds)) return false;
    if (this.#trust.keysFor(known.token.rootKeyId) !== known.keys) return false;
    known.trustedIn = epoch;
    return true;
  }

  async #inItsTurn(field: string, text: string, client: string): Promise<Checked> {
    await this.#turns.next();
    // Those of its tokens that came before it may have failed meanwhile.
    return this.#distrusted(client) ?? (await this.#verify(field, text, client));
  }

  #distrusted(client: string): Checked | undefined {
    const retrySeconds = this.#budgets.retrySeconds(client, this.#limits.failures, this.#now());
    return retrySeconds > 0 ? { kind: "distrusted", retrySeconds } : undefined;
  }

  async #verify(field: string, text: string, client: string): Promise<Checked> {
    const { keyEpoch } = this.#trust;
    try {
      const token = await this.#trust.verify(text);
      const known = knownToken(token, this.#trust.keysFor(token.rootKeyId), this.#trust.epoch);
      // Keys and revocations may have changed meanwhile: it must be good by those of now.
      if (keyEpoch !== this.#trust.keyEpoch) return await this.#verify(field, text, client);
      if (this.#trust.isRevoked(known.revocationIds)) return INVALID;
      this.#known.set(field, known);
      return { kind: "known", known };
    } catch (error) {
      if (!(error instanceof BiscuitError)) throw error;
      // A revocation is looked up before any signature is: it cost nothing, and its holder need not be a forger.
      if (error.code !== "revoked") {
        this.#budgets.take(client, this.#limits.failures, this.#now());
        this.#failed.set(digestOf(text), true);
      }
      return INVALID;
    }
  }

  /** A token that failed may be good under another key. */
  #hasFailed(text: string): boolean {
    if (this.#failedIn !== this.#trust.keyEpoch) this.#failed.clear();
    this.#failedIn = this.#trust.keyEpoch;
    return this.#failed.size > 0 && this.#failed.get(digestOf(text)) === true;
  }
}

const digestOf = (text: string): string => createHash("sha256").update(text).digest("base64url");
