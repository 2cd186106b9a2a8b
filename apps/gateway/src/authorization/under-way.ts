import type { CutReason } from "../exchange/cut-short.ts";
import type { KnownToken } from "./known-token.ts";
import type { PreparedTrust } from "./trust.ts";

/** How long after its expiry a token's requests may go on. */
const SWEEP_MS = 500;

/** Ends one request whose token is good no more. Called once at most, and not after its registration was ended. */
export type EndRequest = (reason: Exclude<CutReason, "time">) => void;

export interface UnderWayParts {
  /** By what is trusted now; the token's own dates do not count. */
  readonly isTrusted: (known: KnownToken) => boolean;
  /** Milliseconds since the epoch. */
  readonly timeOfDay: () => number;
}

/**
 * Requests under way by the token that let them in, so that none outlives it: streams and WebSockets may go on for days.
 * A request costs one entry in its token's set. Tokens are found by their revocation ids; what has no request any more is
 * forgotten at the next sweep, so no more is held than what is under way and was so within half a second.
 */
export class UnderWay {
  readonly #parts: UnderWayParts;
  readonly #watched = new Set<KnownToken>();
  /** Tokens that have a block of this revocation id. */
  readonly #byId = new Map<string, Set<KnownToken>>();
  #isSweeping = false;

  constructor(parts: UnderWayParts) {
    this.#parts = parts;
  }

  /** Tokens that are looked after. */
  get size(): number {
    return this.#watched.size;
  }

  /** Gives how to end the registration. */
  begin(known: KnownToken, end: EndRequest): () => void {
    if (!this.#watched.has(known)) this.#watch(known);
    known.underWay.add(end);
    return () => known.underWay.delete(end);
  }

  /** Ends at once what the change takes the trust from, and nothing else. */
  trustChanged({ isWhole, keys, revoked }: PreparedTrust): void {
    const concerned = isWhole || keys.size > 0 ? this.#watched : this.#withBlocks(revoked);
    for (const known of concerned)
      if (!this.#parts.isTrusted(known)) endAll(known, "token-revoked");
  }

  #withBlocks(ids: readonly string[]): Set<KnownToken> {
    const found = new Set<KnownToken>();
    for (const id of ids) for (const known of this.#byId.get(id) ?? []) found.add(known);
    return found;
  }

  #watch(known: KnownToken): void {
    this.#watched.add(known);
    for (const id of known.revocationIds) {
      const tokens = this.#byId.get(id) ?? new Set();
      this.#byId.set(id, tokens.add(known));
    }
    if (!this.#isSweeping) this.#sweepLater();
  }

  #forget(known: KnownToken): void {
    this.#watched.delete(known);
    for (const id of known.revocationIds) {
      const tokens = this.#byId.get(id);
      tokens?.delete(known);
      if (tokens?.size === 0) this.#byId.delete(id);
    }
  }

  #sweepLater(): void {
    this.#isSweeping = true;
    setTimeout(() => this.#sweep(), SWEEP_MS).unref();
  }

  #sweep(): void {
    const nowMs = this.#parts.timeOfDay();
    for (const known of this.#watched) {
      if (nowMs >= known.expiresMs) endAll(known, "token-expired");
      if (known.underWay.size === 0) this.#forget(known);
    }
    this.#isSweeping = false;
    if (this.#watched.size > 0) this.#sweepLater();
  }
}

function endAll({ underWay }: KnownToken, reason: Parameters<EndRequest>[0]): void {
  const ends = [...underWay];
  underWay.clear();
  for (const end of ends) end(reason);
}
