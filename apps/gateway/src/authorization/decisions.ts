import { type Biscuit, type Decision, type PolicyReads, readsOf } from "@bastide/biscuit";
import { BoundedMap } from "./bounded-map.ts";
import { factsFor, REQUEST_FACTS, type RequestFact, type RequestFacts } from "./request-facts.ts";
import type { RoutePolicy } from "./route-policy.ts";

/** What the policy says of the token and one request, until when; why is not kept, since it keeps the whole request. */
export interface TimedDecision {
  readonly allowed: boolean;
  /** Milliseconds since the epoch: from then on it may be another. */
  readonly untilMs: number;
}

/** One policy with one token: which facts of a request can make a difference, and what was decided about them. */
interface Pairing {
  /** Tells its decisions apart from those of the token's other pairings. */
  readonly number: number;
  readonly reads: readonly RequestFact[];
  /** Seconds since the epoch that a decision may change at; undefined: any second. Ascending. */
  readonly bounds: readonly number[] | undefined;
}

/** Per token, whatever it is used at. Most decisions depend on a handful of methods and paths. */
const MOST_DECISIONS = 128;
/** Decisions about longer paths are not remembered: whoever has a token can narrow it and make up paths as they like. */
const LONGEST_KEY = 256;
/** Per token: routes that it is used at. */
const MOST_POLICIES = 64;

/** What policies decided about one token. The key is exactly what the two can read, found by analysing both. */
export class Decisions {
  readonly #token: Biscuit;
  readonly #made = new BoundedMap<TimedDecision>(MOST_DECISIONS);
  #pairings = new Map<RoutePolicy, Pairing>();
  #paired = 0;

  constructor(token: Biscuit) {
    this.#token = token;
  }

  /** Whether the request's path makes a difference: then it must have one reading only. */
  readsPath(policy: RoutePolicy): boolean {
    return this.#pairing(policy).reads.includes("path");
  }

  /** Facts of a request that make a difference. */
  reads(policy: RoutePolicy): readonly string[] {
    const { reads, bounds } = this.#pairing(policy);
    return bounds?.length === 0 ? reads : [...reads, "time"];
  }

  /** The remembered decision, or a new one. */
  about(policy: RoutePolicy, facts: RequestFacts, nowMs: number): TimedDecision {
    const pairing = this.#pairing(policy);
    const { bounds } = pairing;
    const key = keyOf(pairing, facts);
    const known = this.#made.get(key);
    if (known !== undefined && nowMs < known.untilMs) return known;
    const timed = {
      allowed: this.decide(policy, facts, nowMs).allowed,
      untilMs: bounds === undefined ? nowMs : nextChangeMs(bounds, nowMs),
    };
    if (bounds !== undefined && key.length <= LONGEST_KEY) this.#made.set(copyOf(key), timed);
    return timed;
  }

  /** A new decision, which can say why. */
  decide(policy: RoutePolicy, facts: RequestFacts, nowMs: number): Decision {
    return policy.policy.authorize(this.#token, { facts: factsFor(facts, policy, nowMs) });
  }

  #pairing(policy: RoutePolicy): Pairing {
    const known = this.#pairings.get(policy);
    if (known) return known;
    if (this.#pairings.size >= MOST_POLICIES) this.#pairings = new Map();
    this.#paired += 1;
    const pairing = pairingOf(this.#paired, readsOf(policy.policy, this.#token));
    this.#pairings.set(policy, pairing);
    return pairing;
  }
}

function pairingOf(number: number, { predicates }: PolicyReads): Pairing {
  const read = new Map(
    predicates.filter(({ arity }) => arity === 1).map((one) => [one.name, one] as const),
  );
  const time = read.get("time");
  // Without thresholds any value of the time may make a difference.
  const bounds = time === undefined ? [] : time.thresholds?.map((date) => date.getTime() / 1000);
  return { number, reads: REQUEST_FACTS.filter((name) => read.has(name)), bounds };
}

/** Every part tells its length, so that no two requests share a key. */
function keyOf({ number, reads }: Pairing, facts: RequestFacts): string {
  let key = `${number}/`;
  for (const name of reads) key += `${facts[name].length}:${facts[name]}`;
  return key;
}

/** A text of its own: one that was cut out of a request's target keeps all of that. */
const copyOf = (text: string): string => JSON.parse(JSON.stringify(text));

/** The time that policies are told has whole seconds: a bound is before, at, or after it. */
function nextChangeMs(bounds: readonly number[], nowMs: number): number {
  const now = Math.floor(nowMs / 1000);
  for (const bound of bounds) {
    if (now < bound) return bound * 1000;
    if (now === bound) return (bound + 1) * 1000;
  }
  return Infinity;
}
