import type { NodeVerdict, Refusal } from "./refusal.ts";

/** One new instance. */
export interface Assignment {
  readonly workload: string;
  readonly node: string;
}

/** An instance that cannot stay where it is. What takes its place is among the assignments, if there is room. */
export interface Displaced extends Assignment {
  readonly because: readonly Refusal[];
}

/** What could not be placed. */
export interface Unplaced {
  readonly workload: string;
  readonly missing: number;
  /** What holds whatever the node: a quota, or that there are no nodes. Empty where each node has reasons of its own. */
  readonly refusals: readonly Refusal[];
  /** Node by node, of the fleet as it is when this is called: worked out only then. */
  readonly explain: () => readonly NodeVerdict[];
}

/** What follows from the facts. All other instances stay where they are. */
export interface PlacementPlan {
  readonly placed: readonly Assignment[];
  readonly displaced: readonly Displaced[];
  readonly unplaced: readonly Unplaced[];
}

/** What a workload's placement is like, as an answer to "why there?". */
export interface PlacementExplanation {
  readonly missing: number;
  readonly refusals: readonly Refusal[];
  readonly nodes: readonly ExplainedNode[];
}

export interface ExplainedNode extends NodeVerdict {
  /** Of the workload that run here. */
  readonly instances: number;
  /** From 0 (empty) to 1 (full). */
  readonly load: number;
  /** The one that the next instance would go to. */
  readonly isNext: boolean;
}
