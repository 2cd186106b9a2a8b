import {
  Biscuit,
  type Decision,
  definePolicy,
  fact,
  type KeyRing,
  type Policy,
} from "@bastide/biscuit";
import type { TokenChecker } from "@bastide/biscuit/http";
import type { AmbientFacts } from "@bastide/contracts";
import { createHash } from "node:crypto";
import { BoundedCache } from "./bounded-cache.ts";
import { type Caller, callerOf } from "./caller.ts";

/** Verifying costs some 0.3 ms, looking up some 2 µs. Each entry holds a few kilobytes. */
const VERIFIED_TOKENS = 1000;

/** Verifies tokens and applies one policy to requests. Holds no secret. */
export class ApiAuthorizer implements TokenChecker {
  readonly #ring: KeyRing;
  readonly #policy: Policy;
  readonly #verified = new BoundedCache<Biscuit>(VERIFIED_TOKENS);
  /** By the token, which the cache above gives again and again. */
  readonly #callers = new WeakMap<Biscuit, Caller>();

  /** `policy` is Datalog, compiled once. Throws BiscuitError when it does not parse. */
  constructor(ring: KeyRing, policy: string) {
    this.#ring = ring;
    this.#policy = definePolicy(policy);
  }

  /** Verifies every signature. Throws BiscuitError for what is no token of ours. */
  verify(text: string): Biscuit {
    // The digest and not the token is the key, so that a heap dump of the cache's keys gives nobody a token.
    const key = createHash("sha256").update(text).digest("base64url");
    const known = this.#verified.get(key);
    if (known !== undefined) return known;
    const token = Biscuit.parse(text, this.#ring);
    this.#verified.set(key, token);
    return token;
  }

  /** Who holds the token. */
  callerOf(token: Biscuit): Caller {
    const known = this.#callers.get(token);
    if (known !== undefined) return known;
    const caller = callerOf(token);
    this.#callers.set(token, caller);
    return caller;
  }

  decide(token: Biscuit, ambient: AmbientFacts): Decision {
    return this.#policy.authorize(token, { facts: factsOf(ambient) });
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
