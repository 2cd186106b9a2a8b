import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const LASTS_MS = 60_000;

/**
 * What nodes are given to sign: known again without being kept, so that asking for them costs nothing; good for one
 * node, for a minute, and once.
 */
export class Challenges {
  readonly #key = randomBytes(32);
  /** Those that were answered, with the time at which they end. */
  readonly #used = new Map<string, number>();

  make(node: string, nowMs: number): string {
    const open = `${randomBytes(16).toString("base64url")}.${nowMs + LASTS_MS}`;
    return `${open}.${this.#sealOf(node, open)}`;
  }

  isGood(node: string, challenge: string, nowMs: number): boolean {
    const [nonce, ends, seal = ""] = challenge.split(".");
    const expected = Buffer.from(this.#sealOf(node, `${nonce}.${ends}`));
    const given = Buffer.from(seal);
    const isOurs = given.length === expected.length && timingSafeEqual(given, expected);
    return isOurs && nowMs < Number(ends) && !this.#used.has(challenge);
  }

  /** It was answered with a proof: never again. */
  spend(challenge: string, nowMs: number): void {
    for (const [used, endsMs] of this.#used) if (endsMs < nowMs) this.#used.delete(used);
    this.#used.set(challenge, nowMs + LASTS_MS);
  }

  #sealOf(node: string, open: string): string {
    return createHmac("sha256", this.#key).update(`${node}\n${open}`).digest("base64url");
  }
}
