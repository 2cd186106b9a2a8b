import type { EntityManager } from "typeorm";

/** What is about to be deleted: an app everywhere, or everything in an environment. */
export type TeardownScope =
  | { readonly kind: "app"; readonly appId: string }
  | { readonly kind: "environment"; readonly environmentId: string };

/**
 * Port: stops what runs, before its rows are deleted. Called inside the transaction that deletes them, and once more
 * after it, when waking others makes sense.
 */
export abstract class Teardown {
  /** Marks deployments as cancelled, instances as to be stopped and routes as gone. Idempotent. */
  abstract stop(manager: EntityManager, scope: TeardownScope): Promise<void>;

  /**
   * The transaction is committed: nodes and gateways may be told. Resolves to whether every gateway has acknowledged
   * that nothing leads there any more; false when that takes too long, or by the signal.
   */
  abstract stopped(scope: TeardownScope, signal: AbortSignal): Promise<boolean>;
}
