import type { Upstream } from "@bastide/contracts";

/** What is known about upstreams at the moment of a choice. */
export interface Load {
  /** Requests that the instance is answering now. */
  inFlight(instance: string): number;
  /** A number from 0 up to, not including, 1. */
  random(): number;
}

/**
 * Picks by weight; among upstreams of the weight that was drawn, the one that answers the fewest requests takes it.
 * So shares between releases follow their weights, and the instances of one release are kept equally busy.
 * Undefined when there is nobody to choose.
 */
export function choose<Candidate extends Upstream>(
  candidates: readonly Candidate[],
  load: Load,
): Candidate | undefined {
  const drawn = drawByWeight(candidates, load.random());
  if (!drawn) return undefined;
  let best = drawn;
  for (const candidate of candidates)
    if (
      candidate.weight === drawn.weight &&
      load.inFlight(candidate.instance) < load.inFlight(best.instance)
    )
      best = candidate;
  return best;
}

function drawByWeight<Candidate extends Upstream>(
  candidates: readonly Candidate[],
  random: number,
): Candidate | undefined {
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  let rest = random * total;
  for (const candidate of candidates) {
    rest -= candidate.weight;
    if (rest < 0) return candidate;
  }
  return undefined;
}
