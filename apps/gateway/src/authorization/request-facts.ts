import { type Fact, fact } from "@bastide/biscuit";
import { clientAddress } from "../exchange/upstream-headers.ts";
import type { AskedExchange } from "../exchange/exchange.ts";
import type { RoutePolicy } from "./route-policy.ts";

/** What policies can ask of a request, besides its route's owner and the time. */
export interface RequestFacts {
  readonly method: string;
  readonly host: string;
  /** As it came; whoever decides by it must know that it has one reading only. */
  readonly path: string;
  readonly client_ip: string;
}

export type RequestFact = keyof RequestFacts;

export const REQUEST_FACTS: readonly RequestFact[] = ["method", "host", "path", "client_ip"];

/** Each fact is worked out when it is asked for: most decisions depend on one or none. */
class Facts implements RequestFacts {
  readonly #asked: Omit<AskedExchange, "target">;

  constructor(asked: Omit<AskedExchange, "target">) {
    this.#asked = asked;
  }

  get method(): string {
    return this.#asked.request.method ?? "";
  }

  get host(): string {
    return this.#asked.host;
  }

  get path(): string {
    return this.#asked.path;
  }

  get client_ip(): string {
    return clientAddress(this.#asked.request.socket.remoteAddress);
  }
}

export const requestFactsOf = (asked: Omit<AskedExchange, "target">): RequestFacts =>
  new Facts(asked);

/** Everything that the authorizer states of a request: the vocabulary's ambient facts, and nothing of the token's. */
export function factsFor(
  facts: RequestFacts,
  { owner }: Pick<RoutePolicy, "owner">,
  nowMs: number,
): Fact[] {
  return [
    fact("time", new Date(Math.floor(nowMs / 1000) * 1000)),
    ...REQUEST_FACTS.map((name) => fact(name, facts[name])),
    ...owner,
  ];
}
