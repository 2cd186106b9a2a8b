import { median } from "../../../src/index.ts";

const QUARTERS = 4;

/**
 * How much more there is in the last quarter of a run than in its second, each by its median. The first quarter is left
 * out: in it caches fill, code is compiled and the allocator takes what it keeps. Throws where a quarter has no sample.
 */
export function growthOf(samples: readonly number[]): number {
  if (samples.length < QUARTERS)
    throw new Error(`${samples.length} samples have no quarters; let it run longer`);
  return median(quarter(samples, 3)) - median(quarter(samples, 1));
}

/** Quarters of a number that four does not divide differ by one. */
function quarter(samples: readonly number[], index: number): readonly number[] {
  const edge = (i: number): number => Math.floor((samples.length * i) / QUARTERS);
  return samples.slice(edge(index), edge(index + 1));
}
