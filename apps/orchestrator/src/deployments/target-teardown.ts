import { Injectable } from "@nestjs/common";
import { type EntityManager, IsNull } from "typeorm";
import { Teardown, type TeardownScope } from "../apps/teardown.ts";
import { InstanceRegistry } from "../instances/instance-registry.ts";
import { InstanceRow } from "../instances/instance.row.ts";
import { PlacementStore } from "../placement/placement-store.ts";
import { RoutedRollouts } from "../routes/routed-rollouts.ts";
import { idsOf, type TargetKey } from "../targets/target.ts";
import { TargetFinder } from "../targets/target-finder.ts";
import { Wakes } from "../targets/wakes.ts";
import { DeploymentFeed } from "./deployment-feed.ts";
import { DeploymentRow } from "./deployment.row.ts";

/** What is being deleted gets little time for its last requests. */
const DRAIN_SECONDS = 5;
/** How long a caller waits for the gateways: longer than one that broke off counts. They hear of it in any case. */
const WAIT_MS = 15_000;

/**
 * Stops what is deleted by the rule that stops everything else: its instances belong to nothing that is in service, so
 * they leave the gateways' table, drain and stop. Their rows stay until their nodes have taken leave of them.
 */
@Injectable()
export class TargetTeardown extends Teardown {
  /** Deployments that were under way, until their followers may be told. */
  readonly #underWay = new WeakMap<TeardownScope, readonly string[]>();

  // oxlint-disable-next-line max-params -- all that knows of what is deleted
  constructor(
    private readonly feed: DeploymentFeed,
    private readonly registry: InstanceRegistry,
    private readonly routed: RoutedRollouts,
    private readonly targets: TargetFinder,
    private readonly placement: PlacementStore,
    private readonly wakes: Wakes,
  ) {
    super();
  }

  override async stop(manager: EntityManager, scope: TeardownScope): Promise<void> {
    const where = { ...columnsOf(scope), endedAt: IsNull() };
    const underWay = await manager.find(DeploymentRow, { select: { id: true }, where });
    this.#underWay.set(
      scope,
      underWay.map(({ id }) => id),
    );
    await manager.update(
      InstanceRow,
      { ...columnsOf(scope), desired: "running", removedAt: IsNull() },
      { desired: "draining", drainingAt: new Date(), drainSeconds: DRAIN_SECONDS },
    );
  }

  override stopped(scope: TeardownScope, signal: AbortSignal): Promise<boolean> {
    const keys = [...new Set([...this.registry.targets(), ...this.routed.targets()])].filter(
      (key) => isIn(key, scope),
    );
    for (const key of keys) this.targets.forget(key);
    this.placement.forget((key) => isIn(key, scope));
    this.wakes.wake(keys);
    // Builds and streams of theirs end by it: the rows are gone.
    for (const id of this.#underWay.get(scope) ?? []) this.feed.emit(id, { type: "changed" });
    return this.#isWithdrawn(keys, signal);
  }

  async #isWithdrawn(keys: readonly TargetKey[], signal: AbortSignal): Promise<boolean> {
    const routed = keys.filter((key) => this.routed.of(key).length > 0);
    // Where nothing led nobody need be waited for.
    if (routed.length === 0) return true;
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)]);
      await this.routed.withdrawn(routed, within);
      return true;
    } catch {
      return false;
    }
  }
}

const columnsOf = (scope: TeardownScope): { appId: string } | { environmentId: string } =>
  scope.kind === "app" ? { appId: scope.appId } : { environmentId: scope.environmentId };

function isIn(key: TargetKey, scope: TeardownScope): boolean {
  const { appId, environmentId } = idsOf(key);
  return scope.kind === "app" ? scope.appId === appId : scope.environmentId === environmentId;
}
