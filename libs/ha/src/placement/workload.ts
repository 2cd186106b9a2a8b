import type { SpreadKey } from "./node.ts";
import type { Needs, Room } from "./resources.ts";

export interface Spread {
  readonly over: SpreadKey;
  /** At most so many instances in one domain. Absent: as evenly as it goes. */
  readonly most?: number;
}

/** with: where one of that group runs; apart: where none does, which holds both ways. Hard ones are never broken. */
export interface GroupAffinity {
  readonly kind: "with" | "apart";
  readonly group: string;
  readonly isHard: boolean;
}

/** Instances that are the same to placement: of one process of one release. */
export interface Workload {
  readonly id: string;
  /**
   * Workloads of one group take each other's place, as releases of one app do: they are kept on different nodes, and a
   * quota counts the larger of them, so that an update needs no room in it.
   */
  readonly group: string;
  readonly tenant: string;
  /** How many there should be. */
  readonly count: number;
  /** The node of each that is there. */
  readonly running: readonly string[];
  readonly needs: Needs;
  /** What a quota counts of each instance; `needs` where it is absent. */
  readonly charge?: Needs;
  readonly driver: string;
  /** Labels that its nodes have. */
  readonly labels: Readonly<Record<string, string>>;
  readonly spread: readonly Spread[];
  readonly affinities: readonly GroupAffinity[];
  /** Datalog over the facts of a node. */
  readonly policy?: string;
}

/** What a tenant may use in all; what is absent is not limited. */
export type Quota = { readonly [Of in keyof Room]?: Room[Of] | undefined };
