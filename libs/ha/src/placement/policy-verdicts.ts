import { BiscuitError } from "@bastide/biscuit";
import { BoundedMap } from "./bounded-map.ts";
import type { NodeClass } from "./node-class.ts";
import { PlacementPolicy } from "./placement-policy.ts";
import type { Refusal } from "./refusal.ts";

const MOST_POLICIES = 1_000;
const MOST_VERDICTS = 20_000;

type Compiled = PlacementPolicy | Refusal;

/** What policies say of classes of nodes: asked once for each pair, and remembered, within a bound. */
export class PolicyVerdicts {
  readonly #policies: BoundedMap<Compiled>;
  readonly #verdicts: BoundedMap<{ readonly refusal: Refusal | undefined }>;
  #evaluations = 0;

  constructor(mostPolicies: number = MOST_POLICIES, mostVerdicts: number = MOST_VERDICTS) {
    this.#policies = new BoundedMap(mostPolicies);
    this.#verdicts = new BoundedMap(mostVerdicts);
  }

  /** How often a policy was evaluated so far. */
  get evaluations(): number {
    return this.#evaluations;
  }

  of(policy: string, nodes: NodeClass): Refusal | undefined {
    const key = `${policy.length}:${policy}${nodes.key}`;
    return this.#verdicts.of(key, () => ({ refusal: this.#evaluate(policy, nodes) })).refusal;
  }

  #evaluate(source: string, { example }: NodeClass): Refusal | undefined {
    this.#evaluations += 1;
    const policy = this.#policies.of(source, () => compile(source));
    return policy instanceof PlacementPolicy ? policy.refusal(example) : policy;
  }
}

/** One that was recorded and is not understood any more lets nothing through. */
function compile(source: string): Compiled {
  try {
    return new PlacementPolicy(source);
  } catch (error) {
    if (!(error instanceof BiscuitError)) throw error;
    return { code: "policy-error", fact: `the policy does not parse: ${error.message}` };
  }
}
