import type { AffinitySpec } from "./service.ts";

/** Whether a node on which these services run keeps the affinity. */
export const keepsAffinity = (
  { kind, service }: AffinitySpec,
  runsHere: ReadonlySet<string>,
): boolean => runsHere.has(service) === (kind === "with");

/** Whether a node may take a service, as far as its hard affinities go. */
export const keepsHardAffinities = (
  affinities: readonly AffinitySpec[],
  runsHere: ReadonlySet<string>,
): boolean => affinities.every((affinity) => !affinity.isHard || keepsAffinity(affinity, runsHere));

/** How many of the soft affinities a node breaks: the fewer, the more wanted. */
export const brokenSoftAffinities = (
  affinities: readonly AffinitySpec[],
  runsHere: ReadonlySet<string>,
): number =>
  affinities.filter((affinity) => !affinity.isHard && !keepsAffinity(affinity, runsHere)).length;
