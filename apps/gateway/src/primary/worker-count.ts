const MOST = 8;

/** One core is left to everything else; on one or two cores there is one worker. */
export function workerCount(cores: number): number {
  return cores <= 2 ? 1 : Math.min(MOST, cores - 1);
}
