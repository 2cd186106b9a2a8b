import type { Judged, Outcome } from "./judge.ts";

/** What one proxy made of all cases. */
export interface Tally {
  readonly ambiguous: readonly string[];
  /** Passed on though they have to be refused. */
  readonly lenient: readonly string[];
  /** Passed on without the one field that is wrong, though all of it has to be refused. */
  readonly mended: readonly string[];
  /** Refused though they are right. */
  readonly strict: readonly string[];
  /** Neither refused nor passed on. */
  readonly silent: readonly string[];
}

/** Sends every case, one after the other, and sorts those that went wrong by how they did. `seen`: told of each. */
export async function tally<Sent extends Judged>(
  cases: readonly Sent[],
  send: (one: Sent) => Promise<Outcome>,
  seen: (one: Sent, outcome: Outcome) => void = () => {},
): Promise<Tally> {
  const sorted: Record<keyof Tally, string[]> = {
    ambiguous: [],
    lenient: [],
    mended: [],
    strict: [],
    silent: [],
  };
  for (const one of cases) {
    const outcome = await send(one);
    seen(one, outcome);
    const kind = kindOf(one, outcome);
    if (kind) sorted[kind].push(`${one.name} (${one.source}): ${outcome.detail}`);
  }
  return sorted;
}

/** How a case went wrong; undefined when it did not. */
export function kindOf(
  { meant, requests = 1, isOneField }: Judged,
  outcome: Outcome,
): keyof Tally | undefined {
  if (outcome.verdict === "ambiguous" || outcome.verdict === "silent") return outcome.verdict;
  if (meant === "refuse" && outcome.verdict === "passed") return isOneField ? "mended" : "lenient";
  if (meant === "pass" && outcome.requests !== requests) return "strict";
  return undefined;
}
