import type { SafetyRules } from "../safety-rules.ts";
import { type Attempt, beganAttempt } from "./attempt.ts";
import type { LeaseCommand, LeaseSettings } from "./lease-command.ts";
import type { Acquisition, LeaseGrant, Renewal } from "./lease-store.ts";
import type { PromiseAnswer, RegrantAnswer } from "./voter.ts";

/** Fewer candidates can't lose one and still have a majority, so that for them no lease goes on without its store. */
const FEWEST_VOTERS = 3;

interface Held {
  readonly grant: LeaseGrant;
  /** By the store's last answer; the past once the store said that the lease is lost. */
  storeEndMs: number;
  /** By what a majority of candidates re-granted. */
  peerEndMs: number;
}

interface RegrantRound {
  readonly askedAtMs: number;
  readonly votes: Set<string>;
}

/** What became of the store's part of an ask: undefined means no answer, and the worse of both is supposed. */
type Answered<T> = T | undefined;

/**
 * One node's side of one lease: it decides what to ask and until when the lease may be acted on. No I/O: `step` gives
 * what to ask now, and the answers come by the `on…` methods in any order, late, twice or never.
 *
 * Invariant: `heldEpoch` is defined only while no other node's holder of this lease has one, on any clock that keeps
 * the drift bound. It rests on four things: a lease counts from before it was asked for; a grant counts only once the
 * store's seed was read after it; a new holder waits for what the candidates re-granted to the old one; and whoever
 * acts asks `heldEpoch` at the moment of the act.
 */
export class LeaseHolder {
  readonly #settings: LeaseSettings;
  readonly #rules: SafetyRules;
  #knownEpoch: number;
  #floor = 0;
  #isWanted = false;
  #held: Held | undefined;
  #attempt: Attempt | undefined;
  #acquireAskedMs: number | undefined;
  #renewAskedMs = Number.NEGATIVE_INFINITY;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #round: RegrantRound | undefined;

  constructor(settings: LeaseSettings, knownEpoch: number, rules: SafetyRules) {
    this.#settings = settings;
    this.#knownEpoch = knownEpoch;
    this.#rules = rules;
  }

  /** The greatest epoch of this lease that this node has heard of; to be saved, and told to others. */
  get knownEpoch(): number {
    return this.#knownEpoch;
  }

  /** The fencing token to act under at this moment; undefined when the lease is not this node's. */
  heldEpoch(nowMs: number): number | undefined {
    const held = this.#held;
    if (held === undefined || !this.#rules.isStillMine(nowMs, this.#endMs(held))) return undefined;
    return held.grant.epoch;
  }

  /** When the lease ends unless it is prolonged; undefined when it is not held. */
  endMs(nowMs: number): number | undefined {
    return this.heldEpoch(nowMs) === undefined || this.#held === undefined
      ? undefined
      : this.#endMs(this.#held);
  }

  learnEpoch(epoch: number): void {
    this.#knownEpoch = Math.max(this.#knownEpoch, epoch);
  }

  seek(): void {
    this.#isWanted = true;
  }

  /** The lease is wanted no more. Whoever calls has stopped what ran under it. */
  giveUp(): LeaseCommand[] {
    this.#isWanted = false;
    const grants = [this.#attempt?.grant, this.#held?.grant];
    this.#attempt = undefined;
    this.#held = undefined;
    this.#acquireAskedMs = undefined;
    return grants.flatMap((grant) => (grant === undefined ? [] : [{ kind: "release", grant }]));
  }

  /** What to ask now. */
  step(nowMs: number): LeaseCommand[] {
    this.#forgetEnded(nowMs);
    const commands: LeaseCommand[] = [];
    if (this.#mayAcquire(nowMs)) commands.push(this.#acquire(nowMs));
    else if (this.#mayRenew(nowMs)) commands.push(...this.#renew(nowMs));
    if (this.#attempt !== undefined) commands.push(...this.#advance(this.#attempt, nowMs));
    if (this.#held !== undefined) commands.push(...this.#askPeers(this.#held, nowMs));
    return commands;
  }

  onAcquisition(askedAtMs: number, answer: Answered<Acquisition>, nowMs: number): LeaseCommand[] {
    if (this.#acquireAskedMs !== askedAtMs) return this.#lateGrant(answer);
    this.#acquireAskedMs = undefined;
    this.#notBeforeMs = nowMs + this.#settings.retryEveryMs;
    if (answer === undefined) return [];
    if (answer.kind === "held") {
      this.learnEpoch(answer.record.epoch);
      return [];
    }
    this.learnEpoch(answer.grant.epoch);
    this.#renewAskedMs = nowMs;
    const endMs = this.#rules.leaseEndMs(askedAtMs, this.#settings.ttlMs, nowMs);
    this.#attempt = beganAttempt(answer.grant, endMs, nowMs);
    return [{ kind: "read-seed", epoch: answer.grant.epoch }];
  }

  /** `floor` is the store's seed as read after the grant of `epoch`; undefined when the store has none. */
  onSeed(epoch: number, floor: number | undefined): LeaseCommand[] {
    if (floor !== undefined) this.#floor = floor;
    const attempt = this.#attempt;
    if (attempt?.grant.epoch !== epoch) return [];
    if (this.#rules.isOfLife(epoch, floor)) {
      attempt.isConfirmed = true;
      return [];
    }
    this.#attempt = undefined;
    return [{ kind: "release", grant: attempt.grant }];
  }

  /** A grant whose epoch a candidate has gone beyond will never count: it is given back. */
  onPromise(from: string, epoch: number, answer: PromiseAnswer, nowMs: number): LeaseCommand[] {
    if (answer.kind === "refused") this.learnEpoch(answer.epoch);
    const attempt = this.#attempt;
    if (attempt?.grant.epoch !== epoch) return [];
    if (answer.kind === "refused") {
      this.#attempt = undefined;
      return [{ kind: "release", grant: attempt.grant }];
    }
    attempt.promises.set(from, nowMs + this.#rules.waitForOtherMs(answer.remainingMs));
    return [];
  }

  onRenewal(epoch: number, askedAtMs: number, answer: Answered<Renewal>, nowMs: number): void {
    if (answer === undefined) return;
    const endMs =
      answer.kind === "lost"
        ? Number.NEGATIVE_INFINITY
        : this.#rules.leaseEndMs(askedAtMs, this.#settings.ttlMs, nowMs);
    const isLost = answer.kind === "lost";
    for (const one of [this.#attempt, this.#held])
      if (one?.grant.epoch === epoch) {
        one.storeEndMs = isLost ? endMs : Math.max(one.storeEndMs, endMs);
      }
    if (isLost) this.#notBeforeMs = nowMs;
  }

  onRegrant(from: string, epoch: number, askedAtMs: number, answer: RegrantAnswer): void {
    if (answer.kind === "refused") {
      this.learnEpoch(answer.epoch);
      return;
    }
    const held = this.#held;
    if (held?.grant.epoch !== epoch || this.#round?.askedAtMs !== askedAtMs) return;
    this.#round.votes.add(from);
    if (this.#rules.isMajority(this.#round.votes, this.#settings.voters))
      held.peerEndMs = Math.max(
        held.peerEndMs,
        this.#rules.leaseEndMs(askedAtMs, this.#settings.ttlMs, askedAtMs),
      );
  }

  #endMs({ storeEndMs, peerEndMs }: Held): number {
    return Math.max(storeEndMs, peerEndMs);
  }

  #forgetEnded(nowMs: number): void {
    const { isStillMine } = this.#rules;
    if (this.#held !== undefined && !isStillMine(nowMs, this.#endMs(this.#held)))
      this.#held = undefined;
    if (this.#attempt !== undefined && !isStillMine(nowMs, this.#attempt.storeEndMs))
      this.#attempt = undefined;
    const askedMs = this.#acquireAskedMs;
    if (askedMs !== undefined && nowMs - askedMs > this.#settings.ttlMs)
      this.#acquireAskedMs = undefined;
  }

  /** Also while it acts on re-grants alone: under a new epoch it then goes on without a gap. */
  #mayAcquire(nowMs: number): boolean {
    const isAtStore = this.#held !== undefined && nowMs < this.#held.storeEndMs;
    const isBusy = this.#attempt !== undefined || this.#acquireAskedMs !== undefined;
    return this.#isWanted && !isAtStore && !isBusy && nowMs >= this.#notBeforeMs;
  }

  #acquire(nowMs: number): LeaseCommand {
    this.#acquireAskedMs = nowMs;
    const { name, holder, ttlMs } = this.#settings;
    const aboveEpoch = this.#rules.aboveEpoch(this.#knownEpoch, this.#floor);
    return { kind: "acquire", askedAtMs: nowMs, request: { name, holder, ttlMs, aboveEpoch } };
  }

  #mayRenew(nowMs: number): boolean {
    return nowMs - this.#renewAskedMs >= this.#settings.renewEveryMs;
  }

  #renew(nowMs: number): LeaseCommand[] {
    const grant = this.#attempt?.grant ?? this.#held?.grant;
    if (grant === undefined) return [];
    this.#renewAskedMs = nowMs;
    return [{ kind: "renew", grant, askedAtMs: nowMs }];
  }

  /** Takes the attempt over once its grant is confirmed and the candidates have nothing re-granted any more. */
  #advance(attempt: Attempt, nowMs: number): LeaseCommand[] {
    const { epoch } = attempt.grant;
    const isDue = nowMs - attempt.askedMs >= this.#settings.retryEveryMs;
    if (!attempt.isConfirmed) {
      if (!isDue) return [];
      attempt.askedMs = nowMs;
      return [{ kind: "read-seed", epoch }];
    }
    if (this.#isCleared(attempt, nowMs)) {
      this.#held = {
        grant: attempt.grant,
        storeEndMs: attempt.storeEndMs,
        peerEndMs: Number.NEGATIVE_INFINITY,
      };
      this.#attempt = undefined;
      this.#round = undefined;
      return [];
    }
    if (!isDue && attempt.hasAsked) return [];
    attempt.askedMs = nowMs;
    attempt.hasAsked = true;
    return [{ kind: "ask-promises", epoch }];
  }

  #isCleared({ promises }: Attempt, nowMs: number): boolean {
    const { voters } = this.#settings;
    if (voters.length < FEWEST_VOTERS) return true;
    const clear = [...promises].filter(([, clearAtMs]) => nowMs >= clearAtMs);
    return this.#rules.isMajority(
      clear.map(([voter]) => voter),
      voters,
    );
  }

  /** Begins before the store's lease ends, so that the holder need not stop in between. */
  #askPeers({ grant, storeEndMs }: Held, nowMs: number): LeaseCommand[] {
    const { voters, ttlMs, renewEveryMs } = this.#settings;
    if (voters.length < FEWEST_VOTERS || storeEndMs - nowMs > ttlMs / 2) return [];
    if (this.#round !== undefined && nowMs - this.#round.askedAtMs < renewEveryMs / 2) return [];
    this.#round = { askedAtMs: nowMs, votes: new Set() };
    return [{ kind: "ask-regrants", epoch: grant.epoch, askedAtMs: nowMs }];
  }

  /**
   * A grant that nobody waits for any more is given back, so that it keeps no other from the lease. Not so while this
   * node acts or may come to act under any epoch: the store may carry out an older ask after a newer one, and a
   * release of its greater epoch would free the lease under the holder. It then ends of itself.
   */
  #lateGrant(answer: Answered<Acquisition>): LeaseCommand[] {
    if (answer?.kind !== "granted") return [];
    const isInUse =
      this.#attempt !== undefined || this.#held !== undefined || this.#acquireAskedMs !== undefined;
    return isInUse ? [] : [{ kind: "release", grant: answer.grant }];
  }
}
