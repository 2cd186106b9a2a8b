import { isSameSet } from "../quorum/candidate-set.ts";
import type { SafetyRules } from "../safety-rules.ts";
import type { Acquisition, FencedWrite, LeaseGrant, LeaseRequest } from "./lease-store.ts";

/** The lease of whoever seeds the store, and the key under which the seed lies once it has one. */
export const SEED_LEASE = "bastide/seed";
export const SEED_KEY = "bastide/seed/floor";

export type SeedCommand =
  | { readonly kind: "seed-acquire"; readonly request: LeaseRequest; readonly askedAtMs: number }
  /** Puts the next life on record in the truth and gives its floor, above every epoch that the truth knows. */
  | { readonly kind: "seed-record"; readonly knownEpochs: readonly number[] }
  /** Asks every candidate of every lease to re-grant nothing below the floor. */
  | { readonly kind: "seed-ask-promises"; readonly floor: number }
  | { readonly kind: "seed-write"; readonly grant: LeaseGrant; readonly floor: number };

type Phase =
  | { readonly kind: "idle" }
  | { readonly kind: "asking"; readonly askedAtMs: number }
  | { readonly kind: "recording"; readonly grant: LeaseGrant }
  | { readonly kind: "promising"; readonly grant: LeaseGrant; readonly floor: number }
  | { readonly kind: "writing"; readonly grant: LeaseGrant; readonly floor: number };

/** A lease and its candidates. */
export interface VotedLease {
  readonly name: string;
  readonly voters: readonly string[];
}

/**
 * Gives a new or rebuilt store its seed. The store that was there before may have granted leases that nobody knows
 * of, and candidates may have re-granted others; so whoever seeds (1) found the store without a seed, (2) puts a new
 * life on record where the truth is, (3) has a majority of each lease's candidates promise to re-grant nothing of
 * earlier lives, (4) waits until every lease that could be acted on has ended, and only then (5) writes the seed.
 * Epochs of the new life begin above its floor.
 */
export class Seeder {
  readonly #node: string;
  readonly #ttlMs: number;
  readonly #rules: SafetyRules;
  readonly #promisedBy = new Set<string>();
  #leases: readonly VotedLease[] = [];
  #phase: Phase = { kind: "idle" };
  #askedMs = Number.NEGATIVE_INFINITY;
  #clearAtMs = Number.POSITIVE_INFINITY;

  constructor(node: string, ttlMs: number, rules: SafetyRules) {
    this.#node = node;
    this.#ttlMs = ttlMs;
    this.#rules = rules;
  }

  /**
   * Told whenever the leases may have changed that are re-granted at all. Where they have, a seeding that has asked for
   * promises begins anew, under another floor: what was promised was promised for others.
   */
  count(leases: readonly VotedLease[]): void {
    if (isSame(this.#leases, leases)) return;
    this.#leases = leases;
    if (this.#phase.kind === "promising" || this.#phase.kind === "writing")
      this.#phase = { kind: "idle" };
  }

  /** `isUnseeded`: the store was found without a seed. The seeding that is under way is given up once it has one. */
  step(isUnseeded: boolean, knownEpochs: readonly number[], nowMs: number): SeedCommand[] {
    if (!isUnseeded) {
      this.#phase = { kind: "idle" };
      return [];
    }
    const isWaiting = nowMs - this.#askedMs < this.#ttlMs / 3;
    if (this.#phase.kind !== "promising" && isWaiting) return [];
    switch (this.#phase.kind) {
      case "idle":
      case "asking":
        return this.#acquire(nowMs);
      case "recording":
        this.#askedMs = nowMs;
        return [{ kind: "seed-record", knownEpochs }];
      case "promising":
        return this.#promise(this.#phase.grant, this.#phase.floor, isWaiting, nowMs);
      case "writing":
      default:
        // No answer to the last write: begins anew, for the lease has ended meanwhile or ends of itself.
        return this.#acquire(nowMs);
    }
  }

  onAcquisition(askedAtMs: number, answer: Acquisition | undefined, nowMs: number): void {
    if (this.#phase.kind !== "asking" || this.#phase.askedAtMs !== askedAtMs) return;
    if (answer?.kind !== "granted") return;
    this.#phase = { kind: "recording", grant: answer.grant };
    this.#askedMs = Number.NEGATIVE_INFINITY;
    this.#promisedBy.clear();
    // Whatever the lost store granted, it granted before this.
    this.#clearAtMs = nowMs + this.#rules.waitForOtherMs(this.#ttlMs);
  }

  onRecorded(floor: number): void {
    if (this.#phase.kind !== "recording") return;
    this.#phase = { kind: "promising", grant: this.#phase.grant, floor };
    this.#askedMs = Number.NEGATIVE_INFINITY;
  }

  onPromise(from: string, floor: number, wasPromised: boolean, nowMs: number): void {
    if (this.#phase.kind !== "promising" || this.#phase.floor !== floor) return;
    if (!wasPromised || this.#promisedBy.has(from)) return;
    this.#promisedBy.add(from);
    this.#clearAtMs = Math.max(this.#clearAtMs, nowMs + this.#rules.waitForOtherMs(this.#ttlMs));
  }

  onWritten(answer: FencedWrite | undefined): void {
    if (this.#phase.kind === "writing" && answer !== undefined) this.#phase = { kind: "idle" };
  }

  #acquire(nowMs: number): SeedCommand[] {
    this.#askedMs = nowMs;
    this.#phase = { kind: "asking", askedAtMs: nowMs };
    // Longer than the waiting takes, so that one seeder gets through.
    const request = { name: SEED_LEASE, holder: this.#node, ttlMs: this.#ttlMs * 4, aboveEpoch: 0 };
    return [{ kind: "seed-acquire", request, askedAtMs: nowMs }];
  }

  #promise(grant: LeaseGrant, floor: number, isWaiting: boolean, nowMs: number): SeedCommand[] {
    const hasAll = this.#leases.every(({ voters }) =>
      this.#rules.isMajority(this.#promisedBy, voters),
    );
    if (hasAll && nowMs >= this.#clearAtMs) {
      this.#phase = { kind: "writing", grant, floor };
      this.#askedMs = nowMs;
      return [{ kind: "seed-write", grant, floor }];
    }
    if (isWaiting) return [];
    this.#askedMs = nowMs;
    return [{ kind: "seed-ask-promises", floor }];
  }
}

const isSame = (mine: readonly VotedLease[], theirs: readonly VotedLease[]): boolean =>
  mine.length === theirs.length &&
  mine.every(({ name, voters }, index) => {
    const other = theirs[index];
    return name === other?.name && isSameSet(voters, other.voters);
  });
