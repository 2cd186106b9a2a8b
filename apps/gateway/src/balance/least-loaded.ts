import type { Upstream } from "@bastide/contracts";
import type { Load } from "./choose.ts";

/** The one with the fewest requests for its weight, this one counted in; among equals by chance. */
export function leastLoaded<Candidate extends Upstream>(
  candidates: readonly Candidate[],
  load: Load,
): Candidate | undefined {
  let best: Candidate[] = [];
  let least = Infinity;
  for (const candidate of candidates) {
    const cost = (load.inFlight(candidate.instance) + 1) / candidate.weight;
    if (cost > least) continue;
    if (cost < least) best = [];
    least = cost;
    best.push(candidate);
  }
  return best[Math.floor(load.random() * best.length)];
}
