import type { RouteRule, RouteRuleSet, RouteSettings } from "@bastide/contracts";
import { Injectable } from "@nestjs/common";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { keyOf, type TargetIds, type TargetKey } from "../targets/target.ts";
import { Wakes } from "../targets/wakes.ts";
import { effectiveSettings } from "./domain/effective-settings.ts";
import { RoutedRollouts } from "./routed-rollouts.ts";
import { RouteRules } from "./route-rules.ts";

/** How long a caller waits for the gateways; the change is recorded and reaches them in any case. */
const WAIT_MS = 3_000;
const LOOK_EVERY_MS = 20;

/** Changes what gateways do with an app's paths, without a deployment. */
@Injectable()
export class RouteSettingsService {
  constructor(
    private readonly rules: RouteRules,
    private readonly routed: RoutedRollouts,
    private readonly wakes: Wakes,
  ) {}

  list(target: TargetIds): Promise<RouteRule[]> {
    return this.rules.list(target);
  }

  /** Resolves when every gateway acts by the settings, or that takes too long. */
  async set(
    target: TargetIds,
    path: string,
    settings: RouteSettings,
    signal: AbortSignal,
  ): Promise<RouteRuleSet> {
    const rule = await this.rules.set(target, path, settings);
    return { ...rule, inForce: await this.#spread(target, path, signal) };
  }

  /** The same for taking them away. */
  async unset(target: TargetIds, path: string, signal: AbortSignal): Promise<void> {
    await this.rules.unset(target, path);
    await this.#spread(target, path, signal);
  }

  async #spread(target: TargetIds, path: string, signal: AbortSignal): Promise<boolean> {
    const key = keyOf(target);
    const rules = await this.rules.list(target);
    const wanted = rules.some((rule) => rule.path === path)
      ? effectiveSettings(rules, path)
      : undefined;
    this.wakes.wake([key]);
    const untilMs = Date.now() + WAIT_MS;
    while (!this.#isInForce(key, path, wanted)) {
      const isDeployed = this.routed.of(key).length > 0;
      if (!isDeployed || Date.now() >= untilMs || signal.aborted) return false;
      await delay(LOOK_EVERY_MS);
    }
    return true;
  }

  #isInForce(key: TargetKey, path: string, wanted: RouteSettings | undefined): boolean {
    const route = this.routed.of(key).find((each) => each.path === path);
    const isPublished =
      wanted === undefined
        ? route === undefined || route.settings === undefined
        : route !== undefined && isDeepStrictEqual(route.settings, wanted);
    return isPublished && this.routed.isAcknowledged(key);
  }
}
