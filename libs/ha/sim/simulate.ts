import { whyNotConverged } from "./convergence.ts";
import type { Parts } from "./mutations.ts";
import { END_MS } from "./scenario.ts";
import { World } from "./world.ts";

export interface Outcome {
  readonly seed: number;
  readonly nodes: number;
  readonly steps: number;
  readonly faults: number;
  /** What went wrong first and when; undefined when nothing did. */
  readonly violation: string | undefined;
  readonly log: readonly string[];
}

/** One run: all of it follows from the seed and the parts. */
export function simulate(seed: number, parts: Parts): Outcome {
  const world = new World(seed, parts);
  world.runTo(END_MS);
  const { violation } = world.invariants;
  const problem = violation ?? whyNotConverged(world);
  return {
    seed,
    nodes: world.nodes.length,
    steps: world.steps,
    faults: world.faults.count,
    violation: problem && `${Math.round(world.nowMs)} ms: ${problem}`,
    log: world.faults.log,
  };
}
