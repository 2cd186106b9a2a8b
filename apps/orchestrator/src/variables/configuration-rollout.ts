import type { Deployment } from "@bastide/contracts";
import type { Caller } from "@bastide/service-kit";
import type { EntityManager } from "typeorm";
import type { TargetIds } from "../apps/targets.service.ts";

/** Port: brings changed variables to what runs. Called inside the transaction that changed them. */
export abstract class ConfigurationRollout {
  /**
   * Begins a deployment of the current release with the new variables; undefined when nothing is deployed there.
   * Throws `deployment-in-progress`, which undoes the change as well.
   */
  abstract begin(
    manager: EntityManager,
    target: TargetIds,
    caller: Caller,
  ): Promise<Deployment | undefined>;

  /** The transaction is committed: the deployment may go on. */
  abstract begun(deployment: Deployment): void;
}
