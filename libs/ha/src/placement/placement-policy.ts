import { type Decision, definePolicy, fact, type Fact, type Policy } from "@bastide/biscuit";
import { DECLARED_FACTS, NODE_FACTS, type NodeFactName, type PlacementNode } from "./node.ts";
import type { Refusal } from "./refusal.ts";

type Facts = Pick<PlacementNode, "facts" | "labels">;

const ASKED: ReadonlyMap<NodeFactName | "label", RegExp> = new Map(
  ([...NODE_FACTS, "label"] as const).map((name) => [
    name,
    new RegExp(String.raw`(?<![\w$])${name}\s*\(`),
  ]),
);

/** Which facts of a node a piece of Datalog asks for. */
export const asksFor = (source: string): readonly (NodeFactName | "label")[] =>
  [...ASKED].flatMap(([name, pattern]) => (pattern.test(source) ? [name] : []));

/**
 * Datalog over the facts of a node: `check if country($c), ["FR", "DE"].contains($c);`. Checks all have to hold. One
 * that has `allow if` or `deny if` as well decides by the first that matches; without any, what passes the checks may
 * run. Facts of a node are `name(value)` for each of `NODE_FACTS`, and `label(key, value)`.
 */
export class PlacementPolicy {
  readonly #policy: Policy;
  readonly #declared: readonly NodeFactName[];

  /** Throws a `BiscuitError` with its place for what does not parse. */
  constructor(source: string) {
    const own = definePolicy(source);
    const decides = /^(?:allow|deny) if /m.test(own.source);
    this.#policy = decides ? own : definePolicy(`${own.source}\nallow if true;`);
    const asked = asksFor(own.source);
    this.#declared = DECLARED_FACTS.filter((name) => asked.includes(name));
  }

  /** Undefined where such a node may run what has this policy. */
  refusal(node: Facts): Refusal | undefined {
    const [unsaid] = this.#declared.filter((name) => !node.facts[name]?.length);
    if (unsaid !== undefined)
      return {
        code: "policy-unanswered",
        fact: `the policy asks for ${unsaid}, which is not said`,
      };
    return refusalOf(this.#policy.authorize(undefined, { facts: statementsOf(node) }), node);
  }
}

const statementsOf = ({ facts, labels }: Facts): Fact[] => [
  ...NODE_FACTS.flatMap((name) => (facts[name] ?? []).map((value) => fact(name, value))),
  ...Object.entries(labels).map(([key, value]) => fact("label", key, value)),
];

function refusalOf(decision: Decision, node: Facts): Refusal | undefined {
  if (decision.allowed) return undefined;
  const [check] = decision.failedChecks;
  if (check) return failed(check.source, node);
  switch (decision.reason) {
    case "error":
      return { code: "policy-error", fact: `the policy ended early: ${decision.error.message}` };
    case "denied":
      return failed(decision.policy.source, node);
    case "no-policy":
    case "check-failed":
    default:
      return { code: "policy", fact: "no `allow if` of the policy matches" };
  }
}

/** "policy `check if country("FR")` failed: country is US" */
function failed(source: string, node: Facts): Refusal {
  const facts = asksFor(source).map(stated(node)).join(", ");
  return { code: "policy", fact: `policy \`${source}\` failed${facts && `: ${facts}`}` };
}

const stated =
  ({ facts, labels }: Facts) =>
  (name: NodeFactName | "label"): string => {
    const values =
      name === "label"
        ? Object.entries(labels).map(([key, value]) => `${key}=${value}`)
        : (facts[name] ?? []);
    return `${name} is ${values.length > 0 ? values.join(" and ") : "not said"}`;
  };
