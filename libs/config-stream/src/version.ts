import type { StreamVersion } from "@bastide/contracts";

/** Negative when `a` is older than `b`, 0 when equal; undefined when they belong to two histories, which do not compare. */
export function compareVersions(a: StreamVersion, b: StreamVersion): number | undefined {
  if (a.history !== b.history) return undefined;
  return a.epoch - b.epoch || a.sequence - b.sequence;
}

/** Whether something applied `done` has everything that `wanted` holds. */
export function includesVersion(done: StreamVersion | undefined, wanted: StreamVersion): boolean {
  return done !== undefined && (compareVersions(done, wanted) ?? -1) >= 0;
}

export function sameVersion(a: StreamVersion, b: StreamVersion): boolean {
  return compareVersions(a, b) === 0;
}
