import type { HaDesired } from "@bastide/contracts";

/** What is on record of a service. */
export interface Wanted {
  readonly desired: HaDesired;
  /** What a thaw goes back to, or the end of a pause that lets the candidates change; null where neither is. */
  readonly beforeFreeze: HaDesired | null;
  readonly candidates: readonly string[];
}

export interface Candidacy {
  readonly wanted: Wanted;
  /** Its candidates vote on its lease. */
  readonly isUnderLease: boolean;
  readonly isRemoved: (node: string) => boolean;
  /** Every candidate that was not removed says what it runs. */
  readonly isHeard: boolean;
  /** One of them has been silent for so long that nobody waits for it any more. */
  readonly isOneGivenUp: boolean;
  /** Every one of them says that it runs nothing of it, and that it knows that it is to run nothing. */
  readonly isStopped: boolean;
}

/** Stopped for a moment by the control plane itself, and not by an operator. */
export const isPaused = ({ desired, beforeFreeze }: Wanted): boolean =>
  desired.kind === "stopped" && beforeFreeze !== null;

/**
 * What to put on record next, so that no removed node is a candidate; undefined when there is nothing to do now.
 *
 * Candidates vote on a lease, and two majorities must always share one, so that they change only while nothing of the
 * service runs and all of them know that nothing is to. So a service under a lease is stopped for a moment, and started
 * again without the removed ones. It is not stopped while one is silent that would have to say so, and is started as
 * before when one falls silent meanwhile. All of it is on record: whoever starts anew goes on with it.
 */
export function withoutRemoved(seen: Candidacy): Wanted | undefined {
  const { wanted } = seen;
  const left = wanted.candidates.filter((node) => !seen.isRemoved(node));
  if (isPaused(wanted)) return afterPause(seen, left);
  if (left.length === wanted.candidates.length) return undefined;
  const { desired } = wanted;
  if (!seen.isUnderLease || (desired.kind === "stopped" && seen.isStopped))
    return { ...wanted, candidates: left, desired: among(left, desired) };
  const isWanted = desired.kind === "started" || desired.kind === "placed";
  return isWanted && seen.isHeard
    ? { ...wanted, desired: { kind: "stopped" }, beforeFreeze: desired }
    : undefined;
}

function afterPause(
  { wanted, isStopped, isOneGivenUp }: Candidacy,
  left: readonly string[],
): Wanted | undefined {
  if (isStopped) return resumed(wanted, left);
  return isOneGivenUp ? resumed(wanted, wanted.candidates) : undefined;
}

const resumed = ({ desired, beforeFreeze }: Wanted, candidates: readonly string[]): Wanted => ({
  desired: among(candidates, beforeFreeze ?? desired),
  beforeFreeze: null,
  candidates,
});

/** Who was wanted on a node that is none of its own any more is wanted wherever it is best. */
const among = (candidates: readonly string[], desired: HaDesired): HaDesired =>
  desired.kind === "placed" && !candidates.includes(desired.node) ? { kind: "started" } : desired;
