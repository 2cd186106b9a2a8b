import type { RouteSettings } from "@bastide/contracts";

/** What somebody said of one path. */
export interface PathRule {
  readonly path: string;
  readonly settings: RouteSettings;
}

/**
 * The settings that hold on a path: what is said of the paths above it, each key by the longest one that says it, limits
 * one by one. So nothing below a protected path is open, unless its own settings say `public`.
 */
export function effectiveSettings(rules: readonly PathRule[], path: string): RouteSettings {
  return rules
    .filter((rule) => isAtOrAbove(rule.path, path))
    .toSorted((a, b) => a.path.length - b.path.length)
    .reduce<RouteSettings>((merged, { settings }) => mergeSettings(merged, settings), {});
}

function mergeSettings(above: RouteSettings, own: RouteSettings): RouteSettings {
  const merged = { ...above, ...own };
  return above.limits && own.limits
    ? { ...merged, limits: { ...above.limits, ...own.limits } }
    : merged;
}

function isAtOrAbove(upper: string, path: string): boolean {
  return upper === "/" || path === upper || path.startsWith(`${upper}/`);
}
