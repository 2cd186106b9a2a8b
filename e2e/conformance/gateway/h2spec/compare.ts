import type { Result, Results } from "./run-h2spec.ts";

/** One case that one of both did not pass. */
export interface Difference {
  readonly name: string;
  readonly ours: Result;
  readonly peers: Result;
  /** Why it is as it is, where that was looked into. */
  readonly reason?: string;
}

export interface Comparison {
  readonly passed: number;
  readonly passedByPeer: number;
  /** Passed by the peer and not by us, and nobody said why. */
  readonly behind: readonly string[];
  /** The same with a reason. */
  readonly known: readonly string[];
  /** Listed as known, though we pass it, or the peer does not, or there is no such case. */
  readonly stale: readonly string[];
  /** All that one of both did not pass. */
  readonly differences: readonly Difference[];
}

const NOT_THERE: Result = { outcome: "skipped", seen: [] };

/** Every case that the peer passes has to pass, but for those listed with a reason. */
export function compare(
  ours: Results,
  peers: Results,
  reasons: ReadonlyMap<string, string>,
): Comparison {
  const isBehind = (name: string): boolean =>
    peers.get(name)?.outcome === "passed" && ours.get(name)?.outcome !== "passed";
  const names = [...new Set([...ours.keys(), ...peers.keys()])];
  const behind = names.filter(isBehind);
  const count = (results: Results): number =>
    [...results.values()].filter(({ outcome }) => outcome === "passed").length;
  const both = (name: string): Difference => {
    const reason = reasons.get(name);
    const sides = { ours: ours.get(name) ?? NOT_THERE, peers: peers.get(name) ?? NOT_THERE };
    return { name, ...sides, ...(reason === undefined ? {} : { reason }) };
  };
  return {
    passed: count(ours),
    passedByPeer: count(peers),
    behind: behind.filter((name) => !reasons.has(name)),
    known: behind.filter((name) => reasons.has(name)),
    stale: [...reasons.keys()].filter((name) => !isBehind(name)),
    differences: names
      .map(both)
      .filter((one) => one.ours.outcome !== "passed" || one.peers.outcome !== "passed"),
  };
}
