import type { Route } from "@bastide/contracts";
import { appRoute, type Routable, type RouteName } from "./app-route.ts";
import { effectiveSettings, type PathRule } from "./effective-settings.ts";

/** Every route of one app in one environment: the whole app, and each path that settings were given to. */
export function appRoutes(rollout: Routable, name: RouteName, rules: readonly PathRule[]): Route[] {
  const whole = appRoute(rollout, name);
  if (!whole) return [];
  const paths = new Set(["/", ...rules.map(({ path }) => path)]);
  return Array.from(paths, (path) => {
    const settings = effectiveSettings(rules, path);
    return { ...whole, path, ...(Object.keys(settings).length > 0 ? { settings } : {}) };
  });
}
