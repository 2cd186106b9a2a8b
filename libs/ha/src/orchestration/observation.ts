import type { SafetyRules } from "../safety-rules.ts";
import type { ResourceSpec, ResourceState, ServiceSpec } from "../services/service.ts";
import type { LeaseView } from "./lease-rules.ts";

/** Another node, or this one, as this node sees it. */
export interface NodeView {
  readonly id: string;
  /** Alive, its clock trusted, not cordoned, reaching the lease store, and not blocked for the service. */
  readonly isReady: boolean;
  /** It hands over what it has to others that are ready for it. */
  readonly isLeaving: boolean;
  /** Services of which something is up there. */
  readonly runs: ReadonlySet<string>;
  /** Services of which all is started there. */
  readonly serves: ReadonlySet<string>;
}

/** The safety rules that plans go by. */
export type PlanningRules = Pick<
  SafetyRules,
  "mayStart" | "isRight" | "mayPurge" | "mayAddInstance" | "mayTakeInstance" | "keepsHardAffinities"
>;

/** All that a decision about one service on one node rests on. */
export interface Observation {
  readonly self: string;
  readonly nowMs: number;
  readonly spec: ServiceSpec;
  /** The resources of `spec`, each after those it needs. */
  readonly order: readonly ResourceSpec[];
  readonly lease: LeaseView;
  readonly resources: Readonly<Record<string, ResourceState>>;
  /** The epoch under which what runs here runs. */
  readonly epoch: number | undefined;
  readonly nodes: readonly NodeView[];
  /** For how long no node was seen to run the service. */
  readonly idleForMs: number;
  /** A node waits this long for each one that is more wanted before it asks for the lease. */
  readonly turnMs: number;
  /** This node gave the service up, and doesn't take it for a while. */
  readonly isBlocked: boolean;
  readonly restartedAtMs: readonly number[];
  /** Something of it is on this node's disk, whether it runs or not. */
  readonly hasRemains: boolean;
  readonly rules: PlanningRules;
}

/** What is to be done on this node. Each action is idempotent, and decided anew until what is observed is right. */
export type Action =
  /** Keep the lease, or ask for it. Without this action and with nothing running the lease is given up. */
  | { readonly kind: "hold-lease" }
  | { readonly kind: "start"; readonly resource: string }
  | { readonly kind: "restart"; readonly resource: string }
  | { readonly kind: "stop"; readonly resource: string }
  /** What runs goes on under a newer epoch of the same holder. */
  | { readonly kind: "adopt"; readonly epoch: number }
  /** Remove what the service left on this node. */
  | { readonly kind: "purge" }
  /** Do not take the service for a while. */
  | { readonly kind: "block"; readonly forMs: number };

export const stateOf = ({ resources }: Observation, name: string): ResourceState =>
  resources[name] ?? "stopped";

/** Whether anything of the service runs here, or may. */
export const isUp = (seen: Observation): boolean =>
  seen.order.some(({ name }) => stateOf(seen, name) !== "stopped");

export const isReady = ({ nodes, self }: Observation, id: string = self): boolean =>
  nodes.some((node) => node.id === id && node.isReady);
