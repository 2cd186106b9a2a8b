import type { Deployment, ObservedInstance } from "@bastide/contracts";
import type { NodeCondition, NodeDoor } from "../../instances/node-conditions.ts";

/** What one process needs of a decision: how many run, whether the gateways send it requests, how long it may start. */
export interface WantedProcess {
  readonly count: number;
  readonly isPublic: boolean;
  readonly startTimeoutMs: number;
}
export type Wanted = Readonly<Record<string, WantedProcess>>;

/** A set of instances started together: one roll-out of one release. Named by the deployment that made it. */
export interface Generation {
  readonly id: string;
  readonly release: string;
  readonly wanted: Wanted;
}

export interface Strategy {
  /** Per cent of the requests that the new generation gets, step by step; the last is 100. */
  readonly steps: readonly number[];
  readonly stepMs: number;
  readonly drainMs: number;
}

export interface Failure {
  readonly code: string;
  /** The fact, the value, the limit and the fix. */
  readonly message: string;
  readonly lastLogs: readonly string[];
}

export type BuildState =
  | { readonly state: "queued" | "running" | "succeeded" }
  | { readonly state: "failed"; readonly failure: Failure };

export type ActivePhase = "building" | "starting" | "switching" | "draining";

/** The one deployment that is under way. */
export interface ActiveDeployment {
  readonly id: string;
  readonly kind: Deployment["kind"];
  readonly phase: ActivePhase;
  readonly createdAtMs: number;
  /** Index into the strategy's steps, and when it was taken. */
  readonly step: number;
  readonly stepSinceMs: number;
  readonly strategy: Strategy;
  readonly cancelRequested: boolean;
  /** Present once asked for; kinds that deploy what is there already have none. */
  readonly build?: BuildState;
  /** What it brings into service; absent until its release exists. A scale deployment changes the current one. */
  readonly generation?: Generation;
}

export type Observed = Pick<
  ObservedInstance,
  "phase" | "address" | "startedAt" | "restarts" | "promises" | "lastExit" | "message" | "lastLogs"
>;

/** One instance that is not yet told to stop. */
export interface Member {
  readonly id: string;
  readonly generation: string;
  readonly process: string;
  readonly isPublic: boolean;
  readonly createdAtMs: number;
  /** Since when its node could have told of it: later than its creation after a restart of ours. */
  readonly knownSinceMs: number;
  /** Present while it drains: it left the table, and stops when it has nothing left to answer. */
  readonly draining?: { readonly sinceMs: number; readonly limitMs: number };
  readonly observed?: Observed;
  /** Absent while its node is well. */
  readonly node?: Exclude<NodeCondition, "well">;
  /** Through which gateways reach it, where it is not on the control plane's own machine. */
  readonly door?: NodeDoor;
}

/** What the gateways said of this app's routes. */
export interface TableState {
  /** Every live gateway, and at least one, has the routes that follow from the present state. */
  readonly isAcknowledged: boolean;
  /** Instances that still answer requests though they left the table. */
  readonly busy: ReadonlySet<string>;
}

/** All that decides what happens next to one app in one environment. */
export interface Rollout {
  readonly nowMs: number;
  /** What serves; absent before the first deployment and when all is to stop. */
  readonly current?: Generation;
  readonly deployment?: ActiveDeployment;
  readonly members: readonly Member[];
  readonly table: TableState;
}

/** One change of recorded state. Each is safe to do twice, and all of one plan are recorded together or not at all. */
export type Action =
  | { readonly type: "start-build" }
  | { readonly type: "create-release" }
  | { readonly type: "enter"; readonly phase: ActivePhase }
  | {
      readonly type: "start";
      readonly generation: string;
      readonly release: string;
      readonly process: string;
      readonly count: number;
      /** Where, one for each: found after the plan is made, before it is recorded. */
      readonly nodes?: readonly string[];
    }
  | { readonly type: "step"; readonly step: number }
  /** The new generation becomes the current one: from here on the deployment cannot fail. */
  | { readonly type: "promote" }
  | { readonly type: "drain"; readonly instances: readonly string[]; readonly limitMs: number }
  | { readonly type: "stop"; readonly instances: readonly string[] }
  | { readonly type: "finish"; readonly outcome: "succeeded" | "cancelled" }
  | { readonly type: "finish"; readonly outcome: "failed"; readonly failure: Failure };

/** What was last seen on a node that is lost says nothing. */
export const isReady = (member: Member): boolean =>
  member.observed?.phase === "ready" && !isLost(member);

export const isLost = (member: Member): boolean => member.node === "lost";

export const isRunning = (member: Member): boolean => member.draining === undefined;
