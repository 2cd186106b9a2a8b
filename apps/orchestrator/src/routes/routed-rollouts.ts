import { Injectable } from "@nestjs/common";
import type { Route } from "@bastide/contracts";
import type { TableState } from "../deployments/domain/rollout.ts";
import type { RecordedRollout } from "../deployments/records/rollout-store.ts";
import { DomainNames } from "../domains/domain-names.ts";
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
    private readonly domains: DomainNames,
  ) {}

  /** Puts a target's routes into the table; answers what the gateways said of them so far. */
  async publish(key: TargetKey, { target, rollout }: RecordedRollout): Promise<TableState> {
    this.#targets.add(key);
    this.table.set(key, target ? await this.#routes(key, target, rollout) : []);
    return this.table.stateOf(key);
  }

  of(key: TargetKey): Route[] {
    return this.table.get(key);
  }

  /** Whether every gateway acts by a target's routes as they are now. */
  isAcknowledged(key: TargetKey): boolean {
    return this.table.stateOf(key).isAcknowledged;
  }

  /** Resolves when no gateway leads to any of these targets. Rejects with the signal's reason. */
  withdrawn(keys: readonly TargetKey[], signal: AbortSignal): Promise<void> {
    return this.table.withdrawn(keys, signal);
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

  /** The app's own host, and every domain that leads to it, in the same way. */
  async #routes(
    key: TargetKey,
    target: NonNullable<RecordedRollout["target"]>,
    rollout: RecordedRollout["rollout"],
  ): Promise<Route[]> {
    const own = this.urls.hostOf(target.app, target.environment);
    const owner = ownerOf(target);
    const rules = await this.rules.list(target);
    return [own, ...this.domains.of(key)].flatMap((host) =>
      appRoutes(rollout, { host, owner }, rules),
    );
  }
}
