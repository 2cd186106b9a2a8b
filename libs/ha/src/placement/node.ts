import type { Room } from "./resources.ts";

/**
 * What may be said of a node, and asked for by a policy. Each may have several values: `operator_law` names every law
 * with a long arm that binds who operates the node. The words are those of the contracts' `PLACEMENT_FACTS`, on which
 * this library may not depend: the control plane, which knows both, has a test that they are the same.
 */
export const NODE_FACTS = [
  "region",
  "country",
  "operator",
  "operator_law",
  "memory_encryption",
  "certification",
  "kernel",
  "arch",
  "driver",
  "isolation",
] as const;
export type NodeFactName = (typeof NODE_FACTS)[number];

/**
 * Facts that only people know. Unsaid is not "no": a policy that asks for one of these refuses every node of which
 * nobody has said it, so that `reject if operator_law("us")` does not let through what was forgotten.
 */
export const DECLARED_FACTS: readonly NodeFactName[] = [
  "region",
  "country",
  "operator",
  "operator_law",
];

/**
 * ready: takes instances. silent: not heard of for a moment, takes some when nothing else can. cordoned: takes none and
 * keeps its own. lost: takes none, and what it ran is placed elsewhere.
 */
export type NodeState = "ready" | "silent" | "cordoned" | "lost";

export interface PlacementNode {
  readonly name: string;
  readonly state: NodeState;
  readonly capacity: Room;
  readonly facts: Readonly<Partial<Record<NodeFactName, readonly string[] | undefined>>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** What instances are spread over: `host`, a fact with one value, or `label:<key>`. */
export type SpreadKey = "host" | "region" | "country" | "operator" | `label:${string}`;

const LABEL = "label:";

/** The key of a topology that is a label's; undefined for others. */
export const labelOf = (over: SpreadKey): string | undefined =>
  over.startsWith(LABEL) ? over.slice(LABEL.length) : undefined;

/** In which domain a node is; undefined where it doesn't say. */
export function domainOf(node: PlacementNode, over: SpreadKey): string | undefined {
  if (over === "host") return node.name;
  if (over === "region" || over === "country" || over === "operator") return node.facts[over]?.[0];
  return node.labels[over.slice(LABEL.length)];
}
