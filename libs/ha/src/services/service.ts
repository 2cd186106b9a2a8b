import type { StormLimit } from "./storm-limit.ts";

export interface ResourceSpec {
  readonly name: string;
  /** Resources of the same service that have to be started before this one. */
  readonly after: readonly string[];
}

export type Topology =
  /** One instance, under a lease. */
  { readonly kind: "failover" } | FlexTopology;

/**
 * Several instances that need no lease: `target` of them, or as many as there are nodes for. `min` and `max`, with
 * `min ≤ target ≤ max`, bound what a move may do to that number: where it can the new one starts first, and so more
 * than `target` run for a while, but no node starts one that it knows to be more than `max`; where `max` leaves no room
 * the old one goes first, if `min` others serve or nobody could be started before it.
 */
export interface FlexTopology {
  readonly kind: "flex";
  readonly min: number;
  readonly target: number;
  readonly max: number;
}

/** What is done when a resource fails again after as many restarts in place as its storm limit allows. */
export type MonitorAction =
  | "none"
  /** Another node takes the service. */
  | "switch"
  /** It is stopped on this node until somebody asks for it anew. */
  | "stay-down";

export interface MonitorSpec {
  readonly restarts: StormLimit;
  readonly action: MonitorAction;
  /** For how long a node that gave the service up does not take it again. */
  readonly blockForMs: number;
}

export interface ServiceSpec {
  readonly name: string;
  readonly topology: Topology;
  /** Where it may run, the most wanted first. */
  readonly candidates: readonly string[];
  readonly resources: readonly ResourceSpec[];
  /**
   * Services on whose nodes this one runs, and services whose nodes it avoids. No node takes it against a hard one; where
   * another service comes or goes later, a flex service moves and a failover service stays where it is.
   */
  readonly affinities: readonly AffinitySpec[];
  readonly monitor: MonitorSpec;
}

export interface AffinitySpec {
  readonly kind: "with" | "apart";
  readonly service: string;
  readonly isHard: boolean;
}

export type ResourceState = "stopped" | "starting" | "started" | "stopping" | "failed";

/** What should be, of one service. */
export type Desired =
  | { readonly kind: "started" }
  /** With `purge`, what it left on its nodes is removed as well, once nothing of it runs there. */
  | { readonly kind: "stopped"; readonly purge?: boolean | undefined }
  /**
   * Started, on this node as long as it can: with all of it (failover; a switch is this, with another node), or with one
   * of its instances (flex).
   */
  | { readonly kind: "placed"; readonly node: string }
  /** Nothing is started or stopped by anyone, but what loses its lease. */
  | { readonly kind: "frozen" };
