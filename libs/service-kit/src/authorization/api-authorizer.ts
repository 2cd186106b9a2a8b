import {
  Biscuit,
  BiscuitError,
  definePolicy,
  fact,
  type KeyRing,
  type Policy,
} from "@bastide/biscuit";
import type { AmbientFacts } from "@bastide/contracts";
import { createHash } from "node:crypto";
import { BoundedCache } from "./bounded-cache.ts";
import { type Caller, callerOf } from "./caller.ts";

/** A token whose signatures are all right. What it may do is another question. */
export interface AuthenticToken {
  readonly token: Biscuit;
  readonly caller: Caller;
}

export type ApiDecision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      /** The token is past its time: another answer than a token that is not allowed to. */
      readonly expired: boolean;
      /** The checks and policies that refused, for those entitled to know. */
      readonly why: readonly string[];
    };

/** Longest token that is looked at; ours have some 500 characters, a narrowed one a few thousand. */
export const MAX_TOKEN_CHARACTERS = 16_384;

/** Verifying costs some 0.3 ms, looking up some 2 µs. Each entry holds a few kilobytes. */
const VERIFIED_TOKENS = 1000;

/** Verifies tokens and applies one policy to requests. Holds no secret. */
export class ApiAuthorizer {
  readonly #ring: KeyRing;
  readonly #policy: Policy;
  readonly #verified = new BoundedCache<AuthenticToken>(VERIFIED_TOKENS);

  /** `policy` is Datalog, compiled once. Throws BiscuitError when it does not parse. */
  constructor(ring: KeyRing, policy: string) {
    this.#ring = ring;
    this.#policy = definePolicy(policy);
  }

  /** Verifies every signature. Undefined for what is no token of ours; the reason is of no use to an honest caller. */
  authenticate(text: string): AuthenticToken | undefined {
    if (text.length > MAX_TOKEN_CHARACTERS) return undefined;
    // The digest and not the token is the key, so that a heap dump of the cache's keys gives nobody a token.
    const key = createHash("sha256").update(text).digest("base64url");
    return this.#verified.get(key) ?? this.#verify(key, text);
  }

  #verify(key: string, text: string): AuthenticToken | undefined {
    try {
      const token = Biscuit.parse(text, this.#ring);
      const authentic = { token, caller: callerOf(token) };
      this.#verified.set(key, authentic);
      return authentic;
    } catch (error) {
      if (error instanceof BiscuitError) return undefined;
      throw error;
    }
  }

  decide({ token, caller }: AuthenticToken, ambient: AmbientFacts): ApiDecision {
    const decision = this.#policy.authorize(token, { facts: factsOf(ambient) });
    if (decision.allowed) return { allowed: true };
    const nowMs = ambient.time * 1000;
    return {
      allowed: false,
      expired: caller.expiresAt !== undefined && caller.expiresAt.getTime() <= nowMs,
      why: [
        `the policy's decision: ${decision.reason}`,
        ...decision.failedChecks.map(({ source }) => `failed: ${source}`),
      ],
    };
  }
}

function factsOf({ time, operation, ...rest }: AmbientFacts): ReturnType<typeof fact>[] {
  const single = Object.entries(rest).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return [
    fact("time", new Date(time * 1000)),
    ...operation.map((name) => fact("operation", name)),
    ...single.map(([name, value]) => fact(name, value)),
  ];
}
