import { Injectable } from "@nestjs/common";
import type { Route } from "@bastide/contracts";
import type { TableState } from "../deployments/domain/rollout.ts";
import type { RecordedRollout } from "../deployments/records/rollout-store.ts";
import { PublicUrls } from "../platform/public-urls.ts";
import { ownerOf, type TargetKey } from "../targets/target.ts";
import { appRoutes } from "./domain/app-routes.ts";
import { RouteRules } from "./route-rules.ts";
import { RouteTable } from "./route-table.ts";

/** Keeps the gateways' table as the rollouts want it. */
@Injectable()
export class RoutedRollouts {
  readonly #targets = new Set<TargetKey>();

  constructor(
    private readonly table: RouteTable,
    private readonly urls: PublicUrls,
    private readonly rules: RouteRules,
  ) {}

  /** Puts a target's routes into the table; answers what the gateways said of them so far. */
  async publish(key: TargetKey, { target, rollout }: RecordedRollout): Promise<TableState> {
    this.#targets.add(key);
    this.table.set(key, target ? await this.#routes(target, rollout) : []);
    return this.table.stateOf(key);
  }

  of(key: TargetKey): Route[] {
    return this.table.get(key);
  }

  /** Whether every gateway acts by a target's routes as they are now. */
  isAcknowledged(key: TargetKey): boolean {
    return this.table.stateOf(key).isAcknowledged;
  }

  begin(): void {
    this.table.begin();
  }

  /** Those that have routes or had them until now. */
  targets(): ReadonlySet<TargetKey> {
    return this.#targets;
  }

  forget(key: TargetKey): void {
    this.#targets.delete(key);
    this.table.forget(key);
  }

  on(listener: () => void): () => void {
    return this.table.on(listener);
  }

  async #routes(
    target: NonNullable<RecordedRollout["target"]>,
    rollout: RecordedRollout["rollout"],
  ): Promise<Route[]> {
    const host = this.urls.hostOf(target.app, target.environment);
    const rules = await this.rules.list(target);
    return appRoutes(rollout, { host, owner: ownerOf(target) }, rules);
  }
}
