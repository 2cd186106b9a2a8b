import type { Action } from "../orchestration/observation.ts";
import type { ResourceState } from "../services/service.ts";

/** What of one service runs on this node. */
export interface LocalService {
  readonly resources: Readonly<Record<string, ResourceState>>;
  readonly epoch: number | undefined;
  /** Something of it is on the disk, whether it runs or not. */
  readonly hasRemains: boolean;
}

export type ServiceAction = Exclude<Action, { readonly kind: "hold-lease" | "block" }>;

/** Under which epoch something is started, and until when unless the lease is prolonged; neither without a lease. */
export interface RunLease {
  readonly epoch: number | undefined;
  readonly untilMs: number | undefined;
}

/** What starts and stops a node's resources. Nothing of it waits: what became of an action is observed at a later look. */
export abstract class ResourceDriver {
  /** As it is at this moment. Of a service that it does not know nothing runs. */
  abstract local(service: string): LocalService;

  /** Begins the action. It may be asked again before it is done, and ends in the same. */
  abstract act(service: string, action: ServiceAction, lease: RunLease): void;

  /** The failover services of which anything is up, or may be. */
  abstract underLease(): readonly string[];

  /** What runs of it may run until then, by the boot time clock: it dies by itself where nobody says so again. */
  abstract extend(service: string, untilMs: number): void;

  /** All of it, at once, and in no order. */
  abstract kill(service: string): void;
}
