import {
  type Biscuit,
  type Decision,
  definePolicy,
  fact,
  type Policy,
  type RevocationStore,
  type RootKeys,
  TokenVerifier,
} from "@bastide/biscuit";
import type { TokenChecker } from "@bastide/biscuit/http";
import type { AmbientFacts } from "@bastide/contracts";
import { type Caller, callerOf } from "./caller.ts";

/** Verifies tokens, each once, and applies one policy to requests. Holds no secret. */
export class ApiAuthorizer implements TokenChecker {
  readonly #verifier: TokenVerifier;
  readonly #policy: Policy;
  /** By the token, of which the verifier gives the same again and again. */
  readonly #callers = new WeakMap<Biscuit, Caller>();

  /** `policy` is Datalog, compiled once; keys and revocations are asked at every request. Throws BiscuitError when it does not parse. */
  constructor(keys: RootKeys, policy: string, revocations?: RevocationStore) {
    this.#verifier = new TokenVerifier({ keys, ...(revocations && { revocations }) });
    this.#policy = definePolicy(policy);
  }

  /** Verifies every signature. Throws BiscuitError for what is no token of ours. */
  verify(text: string): Biscuit {
    return this.#verifier.verify(text);
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
