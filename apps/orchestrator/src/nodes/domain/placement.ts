/** A node as placement sees it. */
export interface Candidate {
  readonly name: string;
  readonly reachable: boolean;
  /** Instances of the same app, environment and process that it runs. */
  readonly siblings: number;
  /** All instances that it runs. */
  readonly instances: number;
}

/**
 * Where the next instance goes: away from its siblings first, so that one node's end is not the app's end, then where
 * least runs. Unreachable nodes only when no other is there: they may be back before their instances are missed.
 */
export function choosePlacement(candidates: readonly Candidate[]): string | undefined {
  const [best] = candidates.toSorted(
    (a, b) =>
      Number(b.reachable) - Number(a.reachable) ||
      a.siblings - b.siblings ||
      a.instances - b.instances ||
      (a.name < b.name ? -1 : 1),
  );
  return best?.name;
}
