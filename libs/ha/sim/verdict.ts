/** What is said of the runs of many seeds. */
export interface Sum {
  readonly seeds: number;
  readonly failed: number;
  readonly steps: number;
  readonly faults: number;
  readonly fewestNodes: number;
  readonly fewestSteps: number;
  readonly fewestFaults: number;
  /** Of the processor that ran them, and not of the clock on the wall, in which other programs of a machine take part. */
  readonly cpuSeconds: number;
}

/** The seeds that it took until a mutation was noticed, and as what; undefined when it was not. */
export interface Noticed {
  readonly seeds: number;
  readonly violation: string;
}

/** What is promised of each run, and of a set of them that is as large as the promise. */
export const PROMISED = { nodes: 5, steps: 2_000, faults: 20, seeds: 2_000, seconds: 180 } as const;

/** Which promises were not kept, in words; none when all were. */
export function shortcomings(
  sum: Sum,
  mutations: Readonly<Record<string, Noticed | undefined>>,
): string[] {
  const missed = Object.entries(mutations).flatMap(([name, noticed]) => (noticed ? [] : [name]));
  const least = (what: "Nodes" | "Steps" | "Faults", promised: number): string[] =>
    sum[`fewest${what}`] < promised
      ? [`a run had ${sum[`fewest${what}`]} ${what.toLowerCase()}, and ${promised} are promised`]
      : [];
  return [
    ...(sum.failed > 0 ? [`${sum.failed} seeds failed`] : []),
    ...least("Nodes", PROMISED.nodes),
    ...least("Steps", PROMISED.steps),
    ...least("Faults", PROMISED.faults),
    ...missed.map((name) => `not noticed: ${name}`),
    ...(sum.seeds >= PROMISED.seeds && sum.cpuSeconds >= PROMISED.seconds
      ? [
          `short of time: ${sum.cpuSeconds.toFixed(1)} s of CPU for ${sum.seeds} seeds, and ${PROMISED.seconds} s are promised`,
        ]
      : []),
  ];
}
