import { Injectable } from "@nestjs/common";
import type { Route } from "@bastide/contracts";
import type { TableState } from "../deployments/domain/rollout.ts";
import type { RecordedRollout } from "../deployments/records/rollout-store.ts";
import { DomainNames } from "../domains/domain-names.ts";
import { PublicUrls } from "../platform/public-urls.ts";
import { ownerOf, type TargetKey } from "../targets/target.ts";
import { appRoute } from "./domain/app-route.ts";
import { RouteTable } from "./route-table.ts";

/** Keeps the gateways' table as the rollouts want it. */
@Injectable()
export class RoutedRollouts {
  readonly #targets = new Set<TargetKey>();

  constructor(
    private readonly table: RouteTable,
    private readonly urls: PublicUrls,
    private readonly domains: DomainNames,
  ) {}

  /** Puts a target's routes into the table; answers what the gateways said of them so far. */
  publish(key: TargetKey, { target, rollout }: RecordedRollout): TableState {
    this.#targets.add(key);
    this.table.set(key, target ? this.#routes(key, target, rollout) : []);
    return this.table.stateOf(key);
  }

  of(key: TargetKey): Route[] {
    return this.table.get(key);
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
  #routes(
    key: TargetKey,
    target: NonNullable<RecordedRollout["target"]>,
    rollout: RecordedRollout["rollout"],
  ): Route[] {
    const own = this.urls.hostOf(target.app, target.environment);
    const owner = ownerOf(target);
    return [own, ...this.domains.of(key)].flatMap(
      (host) => appRoute(rollout, { host, owner }) ?? [],
    );
  }
}
