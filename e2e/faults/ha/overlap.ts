/** A stretch of time in which one process of a service was awake on one node, by the machine's boot time. */
export interface Stretch {
  readonly node: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Beat {
  readonly pid: number;
  readonly atMs: number;
}

/** Between two beats further apart than this the process was not awake: it beats every ten milliseconds. */
const AWAKE_MS = 120;

export function stretchesOf(node: string, beats: readonly Beat[]): Stretch[] {
  const stretches: { node: string; fromMs: number; toMs: number; pid: number }[] = [];
  for (const { pid, atMs } of beats) {
    const last = stretches.at(-1);
    if (last !== undefined && last.pid === pid && atMs - last.toMs <= AWAKE_MS) last.toMs = atMs;
    else stretches.push({ node, fromMs: atMs, toMs: atMs, pid });
  }
  return stretches;
}

/** For how long two nodes were awake at the same time, in milliseconds; what is shorter than a beat counts as one. */
export function overlapMs(stretches: readonly Stretch[]): number {
  let sum = 0;
  const sorted = stretches.toSorted((a, b) => a.fromMs - b.fromMs);
  for (const [index, one] of sorted.entries())
    for (const other of sorted.slice(index + 1)) {
      if (other.fromMs >= one.toMs) break;
      if (other.node !== one.node)
        sum += Math.max(10, Math.min(one.toMs, other.toMs) - other.fromMs);
    }
  return sum;
}
