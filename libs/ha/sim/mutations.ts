import { SAFETY_RULES, type SafetyRules } from "../src/safety-rules.ts";
import type { Acquisition, LeaseGrant, LeaseRequest } from "../src/leases/lease-store.ts";
import { LeaseTable } from "../src/testing/lease-table.ts";

/** What a run is built of; each mutation puts something wrong in the place of one of these. */
export interface Parts {
  readonly rules: SafetyRules;
  readonly makeTable: () => LeaseTable;
  /** The clock that a node takes for its boot time clock. */
  readonly leaseClock: "boot" | "wall";
  /** What a crash makes a disk forget. */
  readonly forgets: "nothing" | "intents" | "votes";
}

export const SOUND: Parts = {
  rules: SAFETY_RULES,
  makeTable: () => new LeaseTable(),
  leaseClock: "boot",
  forgets: "nothing",
};

/** A store adapter that puts its own name without comparing, as Patroni 3.0.2 did with its leader key. */
class UncomparedTable extends LeaseTable {
  override tryAcquire(request: LeaseRequest, nowMs: number): Acquisition {
    const epoch = Math.max(this.read(request.name, nowMs)?.epoch ?? 0, request.aboveEpoch) + 1;
    const grant: LeaseGrant = { ...request, epoch };
    this.put(grant, nowMs);
    return { kind: "granted", grant };
  }
}

const ruled = (rules: Partial<SafetyRules>): Parts => ({
  ...SOUND,
  rules: { ...SAFETY_RULES, ...rules },
});

/** Wrong in one way each: the simulation has to notice every one. */
export const MUTATIONS: Readonly<Record<string, Parts>> = {
  "skip the fencing check": ruled({ admitsEpoch: () => true }),
  "renew by the wall clock": { ...SOUND, leaseClock: "wall" },
  "put without compare": { ...SOUND, makeTable: () => new UncomparedTable() },
  "act after a pause without checking": ruled({ isStillMine: () => true }),
  "measure the lease from the answer": ruled({
    leaseEndMs: (_, ttlMs, answeredAtMs) => answeredAtMs + ttlMs,
  }),
  "reuse epochs after the store was rebuilt": ruled({
    seedFloor: () => 0,
    aboveEpoch: () => 0,
  }),
  "believe a store without a seed": ruled({ isOfLife: () => true }),
  "count a minority as a quorum": ruled({ isMajority: (votes) => [...votes].length > 0 }),
  "change the candidates before all have stopped": ruled({ mayChangeSet: () => true }),
  "re-grant two epochs": ruled({ mayRegrant: () => true }),
  "do not wait for what was re-granted": ruled({ waitForOtherMs: () => 0 }),
  "forget votes after a crash": { ...SOUND, forgets: "votes" },
  "start without a lease on a thaw": ruled({ mayStart: () => true }),
  "stop at the end of the lease, not before": ruled({ stopAheadMs: () => 0 }),
  "forget intents after a crash": { ...SOUND, forgets: "intents" },
  "restart what is right": ruled({ isRight: () => false }),
  "purge what runs": ruled({ mayPurge: () => true }),
  "start more than the most": ruled({ mayAddInstance: () => true }),
  "make room by the last that serves": ruled({ mayTakeInstance: () => true }),
  "start against a hard affinity": ruled({ keepsHardAffinities: () => true }),
};
