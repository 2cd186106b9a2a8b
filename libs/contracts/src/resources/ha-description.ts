/** What a description needs for a check of its bounds. */
type Bounds =
  | { readonly kind: "failover" }
  | { readonly kind: "flex"; readonly min: number; readonly target: number; readonly max: number };

interface Ordered {
  readonly name: string;
  readonly after: readonly string[];
}

/** Why no number of instances could be right, and what to change; undefined when one is. */
export function boundsProblem(topology: Bounds): string | undefined {
  if (topology.kind === "failover") return undefined;
  const { min, target, max } = topology;
  return min <= target && target <= max
    ? undefined
    : `min ${min}, target ${target}, max ${max}: set them so that min ≤ target ≤ max`;
}

/** Why its resources can be started in no order, and what to change; undefined when there is one. */
export function resourcesProblem(resources: readonly Ordered[]): string | undefined {
  const names = new Set<string>();
  for (const { name } of resources) {
    if (names.has(name)) return `two resources have the name ${name}: give one another name`;
    names.add(name);
  }
  for (const { name, after } of resources)
    for (const needed of after)
      if (!names.has(needed))
        return `resource ${name} comes after ${needed}, which the service does not have: add ${needed}, or take it out of the "after" of ${name}`;
  const cycle = cycleAmong(resources);
  return (
    cycle &&
    `its resources wait for each other: ${cycle.join(" → ")}; take one of these out of the "after" of the one before it`
  );
}

/** The first is named again at the end. Each resource is taken away once all that it needs is; what is left waits. */
function cycleAmong(resources: readonly Ordered[]): readonly string[] | undefined {
  const waiting = new Map(resources.map(({ name, after }) => [name, after]));
  const blockedBy = (after: readonly string[]): string | undefined =>
    after.find((needed) => waiting.has(needed));
  for (let count = -1; count !== waiting.size;) {
    count = waiting.size;
    for (const [name, after] of waiting) if (blockedBy(after) === undefined) waiting.delete(name);
  }
  const path: string[] = [];
  // Each of those that are left waits for another of them, so that the way ends where it has been.
  for (let [at] = waiting.keys(); at !== undefined; at = blockedBy(waiting.get(at) ?? [])) {
    if (path.includes(at)) return [...path.slice(path.indexOf(at)), at];
    path.push(at);
  }
  return undefined;
}
