import { admitsEpoch } from "./fencing/witness.ts";
import { isOfLife, seedFloor } from "./leases/epochs.ts";
import { leaseEndMs, waitForOtherMs } from "./leases/lease-time.ts";
import { mayRegrant } from "./leases/voter.ts";
import { mayAddInstance, mayTakeInstance } from "./orchestration/instance-rules.ts";
import { isRight, mayPurge, mayStart } from "./orchestration/lease-rules.ts";
import { isSameSet, mayChangeSet } from "./quorum/candidate-set.ts";
import { isMajority } from "./quorum/majority.ts";
import { keepsHardAffinities } from "./services/affinity.ts";

/**
 * The rules that safety rests on, in one place, so that the simulation can put a wrong one in the place of each and
 * show that it notices. Everything else takes SAFETY_RULES.
 */
export interface SafetyRules {
  /** The end of a lease for its holder, by its own clock. */
  readonly leaseEndMs: (askedAtMs: number, ttlMs: number, answeredAtMs: number) => number;
  /** Whether a lease that ends then may be acted on now. */
  readonly isStillMine: (nowMs: number, endMs: number) => boolean;
  readonly isMajority: typeof isMajority;
  readonly isSameSet: typeof isSameSet;
  readonly mayChangeSet: typeof mayChangeSet;
  readonly mayRegrant: typeof mayRegrant;
  readonly waitForOtherMs: typeof waitForOtherMs;
  readonly seedFloor: typeof seedFloor;
  readonly isOfLife: typeof isOfLife;
  /** The epoch above which a candidate asks to be granted. */
  readonly aboveEpoch: (knownEpoch: number, floor: number) => number;
  readonly admitsEpoch: typeof admitsEpoch;
  readonly mayStart: typeof mayStart;
  readonly isRight: typeof isRight;
  readonly mayPurge: typeof mayPurge;
  readonly mayAddInstance: typeof mayAddInstance;
  readonly mayTakeInstance: typeof mayTakeInstance;
  readonly keepsHardAffinities: typeof keepsHardAffinities;
  /** How long before the end of its lease a guard begins to stop what it runs. */
  readonly stopAheadMs: (stopWithinMs: number) => number;
}

export const SAFETY_RULES: SafetyRules = {
  leaseEndMs: (askedAtMs, ttlMs) => leaseEndMs(askedAtMs, ttlMs),
  isStillMine: (nowMs, endMs) => nowMs < endMs,
  isMajority,
  isSameSet,
  mayChangeSet,
  mayRegrant,
  waitForOtherMs,
  seedFloor,
  isOfLife,
  aboveEpoch: Math.max,
  admitsEpoch,
  mayStart,
  isRight,
  mayPurge,
  mayAddInstance,
  mayTakeInstance,
  keepsHardAffinities,
  stopAheadMs: (stopWithinMs) => stopWithinMs,
};
