import { needsSeed } from "../leases/epochs.ts";
import type { LeaseCommand } from "../leases/lease-command.ts";
import { LeaseHolder } from "../leases/lease-holder.ts";
import type { Acquisition, FencedWrite, Renewal } from "../leases/lease-store.ts";
import { type SeedCommand, Seeder } from "../leases/seeder.ts";
import { NO_VOTE, Voter } from "../leases/voter.ts";
import type { LeaseView } from "../orchestration/lease-rules.ts";
import { isSameSet } from "../quorum/candidate-set.ts";
import type { SafetyRules } from "../safety-rules.ts";
import type { GuardEffect, GuardMessage, GuardRecord, StoreAsk } from "./guard-message.ts";
import { askedOfPeers, isOfStore } from "./lease-asks.ts";

export interface GuardedLease {
  readonly name: string;
  readonly voters: readonly string[];
  /** Within this time whatever runs under the lease is dead once its guard kills it. */
  readonly stopWithinMs: number;
}

export interface GuardSettings {
  readonly node: string;
  readonly leases: readonly GuardedLease[];
  readonly ttlMs: number;
  readonly renewEveryMs: number;
  readonly retryEveryMs: number;
}

/** The store's or the truth's answer to an ask; undefined when there was none. */
export type StoreAnswer =
  | { readonly kind: "acquisition"; readonly answer: Acquisition }
  | { readonly kind: "renewal"; readonly answer: Renewal }
  | { readonly kind: "seed"; readonly floor: number | undefined }
  | { readonly kind: "recorded"; readonly floor: number }
  | { readonly kind: "written"; readonly answer: FencedWrite }
  | { readonly kind: "released" }
  | undefined;

interface Kept {
  readonly lease: GuardedLease;
  readonly holder: LeaseHolder;
  readonly voter: Voter;
}

/**
 * A node's small process that holds its leases and is the parent of what must die with them; it outlives the agent.
 * This is its core: it holds, votes and seeds, and says what may run. Whoever drives it calls `step` at least every
 * `renewEveryMs / 2` and asks `mayRun` whenever it wakes, before anything else.
 */
export class Guard {
  readonly #settings: GuardSettings;
  readonly #rules: SafetyRules;
  readonly #kept = new Map<string, Kept>();
  readonly #record: GuardRecord;
  readonly #seeder: Seeder;
  #pollAskedMs = Number.NEGATIVE_INFINITY;
  #isUnseeded = false;

  constructor(settings: GuardSettings, record: GuardRecord, nowMs: number, rules: SafetyRules) {
    this.#settings = settings;
    this.#record = record;
    this.#rules = rules;
    this.#seeder = new Seeder(settings.node, settings.ttlMs, rules);
    this.keep(settings.leases, nowMs);
  }

  /**
   * Takes up leases that are new, and other candidates of those it has. Candidates may change only while nobody can
   * act under the lease: false while this node does, and the caller tells it again.
   */
  keep(leases: readonly GuardedLease[], nowMs: number): boolean {
    const refused = leases.filter((lease) => !this.#take(lease, nowMs));
    const kept = Array.from(this.#kept.values(), ({ lease }) => lease);
    this.#seeder.count(kept.filter(({ voters }) => voters.length >= 3));
    return refused.length === 0;
  }

  #take(lease: GuardedLease, nowMs: number): boolean {
    const before = this.#kept.get(lease.name);
    if (before === undefined) this.#kept.set(lease.name, this.#newlyKept(lease, nowMs));
    else if (isSameSet(before.lease.voters, lease.voters))
      this.#kept.set(lease.name, { ...before, lease });
    else if (before.holder.heldEpoch(nowMs) !== undefined) return false;
    else {
      const holder = this.#newHolder(lease, before.holder.knownEpoch);
      this.#kept.set(lease.name, { lease, holder, voter: before.voter });
    }
    return true;
  }

  #newlyKept(lease: GuardedLease, nowMs: number): Kept {
    const { votes, knownEpochs } = this.#record;
    const vote = votes[lease.name] ?? NO_VOTE;
    const known = Math.max(knownEpochs[lease.name] ?? 0, vote.epoch);
    const voter = new Voter(vote, this.#settings.ttlMs, nowMs, this.#rules);
    return { lease, holder: this.#newHolder(lease, known), voter };
  }

  #newHolder({ name, voters }: GuardedLease, known: number): LeaseHolder {
    const settings = { ...this.#settings, name, voters, holder: this.#settings.node };
    return new LeaseHolder(settings, known, this.#rules);
  }

  /** The lease as it is at this moment; asked again before each act that rests on it. */
  view(lease: string, nowMs: number): LeaseView {
    const epoch = this.#kept.get(lease)?.holder.heldEpoch(nowMs);
    return epoch !== undefined && this.mayRun(lease, nowMs)
      ? { kind: "mine", epoch }
      : { kind: "not-mine" };
  }

  /** Whether what was started under the lease may run on; else it has to be killed now. */
  mayRun(lease: string, nowMs: number): boolean {
    const untilMs = this.runUntilMs(lease, nowMs);
    return untilMs !== undefined && this.#rules.isStillMine(nowMs, untilMs);
  }

  /** When it has to be killed unless the lease is prolonged; undefined when the lease isn't held. */
  runUntilMs(lease: string, nowMs: number): number | undefined {
    const kept = this.#kept.get(lease);
    const endMs = kept?.holder.endMs(nowMs);
    return kept === undefined || endMs === undefined
      ? undefined
      : endMs - this.#rules.stopAheadMs(kept.lease.stopWithinMs);
  }

  knownEpochs(): Record<string, number> {
    return Object.fromEntries(
      Array.from(this.#kept, ([name, { holder }]) => [name, holder.knownEpoch]),
    );
  }

  learnEpochs(epochs: Readonly<Record<string, number>>): void {
    for (const [name, { holder }] of this.#kept) holder.learnEpoch(epochs[name] ?? 0);
  }

  seek(lease: string): void {
    this.#kept.get(lease)?.holder.seek();
  }

  giveUp(lease: string): GuardEffect[] {
    const kept = this.#kept.get(lease);
    return kept === undefined ? [] : this.#carried(kept, kept.holder.giveUp());
  }

  step(nowMs: number): GuardEffect[] {
    const effects: GuardEffect[] = [];
    if (nowMs - this.#pollAskedMs >= this.#settings.renewEveryMs) {
      this.#pollAskedMs = nowMs;
      effects.push({ kind: "ask", ask: { kind: "poll-seed" } });
    }
    for (const kept of this.#kept.values())
      effects.push(...this.#carried(kept, kept.holder.step(nowMs)));
    if (this.#isUnseeded) {
      const known = Object.values(this.knownEpochs());
      for (const command of this.#seeder.step(true, known, nowMs))
        effects.push(...this.#seeding(command));
    }
    return effects;
  }

  receive(from: string, message: GuardMessage, nowMs: number): GuardEffect[] {
    if (message.kind === "seed-ask") return this.#voteOnSeed(from, message.floor, nowMs);
    if (message.kind === "seed-answer") {
      this.#seeder.onPromise(from, message.floor, message.wasPromised, nowMs);
      return [];
    }
    const kept = this.#kept.get(message.lease);
    return kept === undefined ? [] : this.#receiveOf(kept, from, message, nowMs);
  }

  onAnswer(ask: StoreAsk, answer: StoreAnswer, nowMs: number): GuardEffect[] {
    if (ask.kind === "poll-seed") {
      if (answer?.kind === "seed") this.#heardSeed(answer.floor, nowMs);
      return [];
    }
    if (ask.kind === "seed") {
      this.#onSeeding(ask.command, answer, nowMs);
      return [];
    }
    const kept = this.#kept.get(ask.lease);
    return kept === undefined
      ? []
      : this.#carried(kept, this.#onLease(kept, ask.command, answer, nowMs));
  }

  #onLease(
    { holder }: Kept,
    command: LeaseCommand,
    answer: StoreAnswer,
    nowMs: number,
  ): LeaseCommand[] {
    if (command.kind === "acquire") {
      const acquisition = answer?.kind === "acquisition" ? answer.answer : undefined;
      return holder.onAcquisition(command.askedAtMs, acquisition, nowMs);
    }
    if (command.kind === "read-seed" && answer?.kind === "seed") {
      this.#heardSeed(answer.floor, nowMs);
      return holder.onSeed(command.epoch, answer.floor);
    }
    if (command.kind === "renew" && answer?.kind === "renewal")
      holder.onRenewal(command.grant.epoch, command.askedAtMs, answer.answer, nowMs);
    return [];
  }

  #onSeeding(
    command: Extract<StoreAsk, { readonly kind: "seed" }>["command"],
    answer: StoreAnswer,
    nowMs: number,
  ): void {
    if (command.kind === "seed-acquire")
      this.#seeder.onAcquisition(
        command.askedAtMs,
        answer?.kind === "acquisition" ? answer.answer : undefined,
        nowMs,
      );
    else if (answer?.kind === "recorded") this.#seeder.onRecorded(answer.floor);
    else if (answer?.kind === "written") this.#seeder.onWritten(answer.answer);
  }

  #heardSeed(floor: number | undefined, nowMs: number): void {
    const votes = Array.from(this.#kept.values(), ({ voter }) => voter.record.epoch);
    this.#isUnseeded = needsSeed(floor, [...votes, ...Object.values(this.knownEpochs())]);
    if (!this.#isUnseeded) this.#seeder.step(false, [], nowMs);
  }

  #voteOnSeed(from: string, floor: number, nowMs: number): GuardEffect[] {
    const { node } = this.#settings;
    const own = Array.from(this.#kept.values()).filter(({ lease }) => lease.voters.includes(node));
    const wasPromised = own
      .map(({ voter }) => voter.promise(floor, undefined, nowMs))
      .every(({ kind }) => kind === "promised");
    const message: GuardMessage = { kind: "seed-answer", floor, wasPromised };
    return [this.#save(), { kind: "send", to: from, message }];
  }

  #receiveOf(
    kept: Kept,
    from: string,
    message: Extract<GuardMessage, { readonly lease: string }>,
    nowMs: number,
  ): GuardEffect[] {
    const { lease, epoch } = message;
    const { holder, voter } = kept;
    if ("voters" in message && !this.#rules.isSameSet(kept.lease.voters, message.voters)) return [];
    switch (message.kind) {
      case "promise-ask": {
        const answer = voter.promise(epoch, from, nowMs);
        holder.learnEpoch(epoch);
        return this.#voted(from, { kind: "promise-answer", lease, epoch, answer });
      }
      case "regrant-ask": {
        const { askedAtMs } = message;
        const answer = voter.regrant(epoch, from, nowMs);
        holder.learnEpoch(epoch);
        return this.#voted(from, { kind: "regrant-answer", lease, epoch, askedAtMs, answer });
      }
      case "promise-answer":
        return this.#carried(kept, holder.onPromise(from, epoch, message.answer, nowMs));
      case "regrant-answer":
      default:
        holder.onRegrant(from, epoch, message.askedAtMs, message.answer);
        return [];
    }
  }

  #voted(to: string, message: GuardMessage): GuardEffect[] {
    return [this.#save(), { kind: "send", to, message }];
  }

  #save(): GuardEffect {
    const votes = Object.fromEntries(
      Array.from(this.#kept, ([name, { voter }]) => [name, voter.record]),
    );
    return { kind: "save", record: { votes, knownEpochs: this.knownEpochs() } };
  }

  #seeding(command: SeedCommand): GuardEffect[] {
    if (command.kind !== "seed-ask-promises")
      return [{ kind: "ask", ask: { kind: "seed", command } }];
    const voters = new Set(Array.from(this.#kept.values()).flatMap(({ lease }) => lease.voters));
    const message: GuardMessage = { kind: "seed-ask", floor: command.floor };
    return Array.from(voters, (to) => ({ kind: "send", to, message }));
  }

  #carried({ lease }: Kept, commands: readonly LeaseCommand[]): GuardEffect[] {
    const { name, voters } = lease;
    return commands.flatMap((command): GuardEffect[] => {
      const asked = askedOfPeers(name, voters, command);
      if (asked !== undefined) return voters.map((to) => ({ kind: "send", to, message: asked }));
      return isOfStore(command)
        ? [{ kind: "ask", ask: { kind: "lease", lease: name, command } }]
        : [];
    });
  }
}
