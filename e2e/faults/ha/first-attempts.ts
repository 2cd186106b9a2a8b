import type { FirstAttempt } from "./drill-load.ts";

/** What became of the first attempts at one node: no other was tried before, so that nothing hides what it refuses. */
export interface FirstAttempts {
  readonly node: string;
  readonly answered: number;
  readonly refused: number;
  readonly broken: number;
}

/** Of each of these nodes, in that time. */
export function firstAttemptsOf(
  attempts: readonly FirstAttempt[],
  nodes: readonly string[],
  fromMs: number,
  toMs: number,
): FirstAttempts[] {
  return nodes.map((node) => {
    const own = attempts.filter(
      (one) => one.node === node && one.startedAtMs >= fromMs && one.startedAtMs <= toMs,
    );
    const count = (kind: FirstAttempt["kind"]): number =>
      own.filter((one) => one.kind === kind).length;
    return {
      node,
      answered: count("answered"),
      refused: count("refused"),
      broken: count("broken"),
    };
  });
}
