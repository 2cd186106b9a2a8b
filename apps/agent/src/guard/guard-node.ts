import type { HaGroup, HaReport } from "@bastide/contracts";
import {
  Agent,
  type AgentEffect,
  type Clock,
  extendLawful,
  Guard,
  type GuardedLease,
  type GuardEffect,
  type Heartbeat,
  type IntentTable,
  killUnlawful,
  type NodeMessage,
  SAFETY_RULES,
  type SafetyRules,
  type StoreAnswer,
  type StoreAsk,
  type Transport,
} from "@bastide/ha";
import type { Journal } from "../journal/journal.ts";
import { reasonOf } from "../journal/reason.ts";
import { Deadline } from "./deadline.ts";
import type { GuardDisk } from "./guard-disk.ts";
import type { Runs } from "./runs.ts";
import { Seldom } from "./seldom.ts";
import { TICK_MS, timesOf } from "./times.ts";

/** A node that has just begun waits for what others say before it takes anything. */
const SETTLE_MS = 1_500;

export interface GuardNodeOptions {
  readonly node: string;
  readonly incarnation: number;
  readonly clock: Clock;
  readonly disk: GuardDisk;
  readonly runs: Runs;
  readonly ask: (ask: StoreAsk) => Promise<StoreAnswer>;
  readonly transport: Transport;
  readonly report: (said: Pick<HaReport, "services" | "version">) => void;
  readonly journal: Journal;
  readonly rules?: SafetyRules;
}

/** Drives libs/ha on one node: whatever happens, what may not run any more is killed first. */
export class GuardNode {
  readonly #options: GuardNodeOptions;
  readonly #rules: SafetyRules;
  readonly #seldom: Seldom;
  /** When the first lease ends. */
  readonly #deadline: Deadline;
  #guard: Guard | undefined;
  #agent: Agent | undefined;
  #group: HaGroup | undefined;
  #described = "";
  #isKept = true;
  /** What the disk has not taken yet. */
  #unsaved: IntentTable | undefined;
  #settledAtMs = Number.POSITIVE_INFINITY;
  #storeHeardMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GuardNodeOptions) {
    this.#options = options;
    this.#rules = options.rules ?? SAFETY_RULES;
    this.#seldom = new Seldom(options.journal);
    this.#deadline = new Deadline(options.clock, () => this.#wake(() => undefined));
  }

  start(): void {
    this.#timer = setInterval(() => this.#wake(() => this.#tick()), TICK_MS);
  }

  /**
   * What the control plane says; an agent is made anew where who or what there is has changed. An older group than the
   * intents that are known changes nothing: what is wanted and who votes on it are heard together or not at all. What
   * the platform has no more is stopped as it was described before: because it is said, and not because it is absent.
   * Throws for a service that no node could start: all goes on as it was told before then.
   */
  apply(told: HaGroup): void {
    const intents = this.#agent?.intents ?? this.#options.disk.intents();
    if (told.intents.version < intents.version) return;
    const { runs } = this.#options;
    const group = { ...told, services: [...told.services, ...runs.leaving(told)] };
    this.#wake((nowMs) => this.#take(group, nowMs));
  }

  #take(group: HaGroup, nowMs: number): void {
    const described = JSON.stringify([group.members.map(({ name }) => name), group.services]);
    const isOther = described !== this.#described;
    // Before anything else: it throws, and what is known stays what the agent that goes on was made of.
    const agent = isOther ? this.#newAgent(group, nowMs) : this.#agent;
    this.#group = group;
    this.#keepLeases(group, nowMs);
    this.#options.runs.describe(group.services);
    this.#described = described;
    if (isOther) this.#settledAtMs = nowMs + SETTLE_MS;
    this.#agent = agent;
    agent?.learnIntents(group.intents);
  }

  receive(from: string, message: NodeMessage): void {
    this.#wake((nowMs) => {
      if (message.kind === "heartbeat")
        this.#agent?.receive(from, message.heartbeat, this.#options.clock.wallTimeMs());
      else this.#carry(this.#guard?.receive(from, message.message, nowMs) ?? []);
    });
  }

  /** Stops what runs in its own way; resolves when all is stopped or dead, and the leases are given back. */
  async end(withinMs: number): Promise<void> {
    clearInterval(this.#timer);
    const { runs, clock } = this.#options;
    const names = this.#group?.services.map(({ name }) => name) ?? [];
    runs.stopAll();
    const deadlineMs = clock.bootTimeMs() + withinMs;
    while (!runs.isIdle && clock.bootTimeMs() < deadlineMs) {
      // What takes longer than a lease to end needs its lease until then.
      this.#wake((nowMs) => this.#carry(this.#guard?.step(nowMs) ?? []));
      await new Promise((resolve) => setTimeout(resolve, TICK_MS / 4));
    }
    for (const name of names) runs.kill(name);
    const released = names.flatMap((name) => this.#guard?.giveUp(name) ?? []);
    const asks = released.flatMap((effect) => (effect.kind === "ask" ? [effect.ask] : []));
    await Promise.all(asks.map((ask) => this.#options.ask(ask)));
    this.#deadline.set(Number.POSITIVE_INFINITY);
    runs.release();
  }

  #wake(run: (nowMs: number) => void): void {
    const { clock, runs } = this.#options;
    killUnlawful(this.#guard, runs, clock.bootTimeMs());
    run(clock.bootTimeMs());
    // Wardens learn until when; and this guard wakes itself when the first lease ends.
    this.#deadline.set(extendLawful(this.#guard, runs, clock.bootTimeMs()));
  }

  #tick(): void {
    const { clock, runs } = this.#options;
    const guard = this.#guard;
    const agent = this.#agent;
    const group = this.#group;
    if (guard === undefined || group === undefined) return;
    if (!this.#isKept) this.#keepLeases(group, clock.bootTimeMs());
    this.#carry(guard.step(clock.bootTimeMs()));
    if (agent === undefined) return;
    runs.describe(group.services);
    const nowMs = clock.bootTimeMs();
    const hearsStore = nowMs - this.#storeHeardMs < group.ttlMs;
    const isReady = hearsStore && !group.isCordoned && nowMs >= this.#settledAtMs;
    const stance = { isReady, isLeaving: group.isDraining };
    if (!this.#follow(agent.step(nowMs, clock.wallTimeMs(), stance, runs), group)) return;
    runs.prepare((service) => isWanted(agent.intents, service));
    this.#options.report({ services: runs.report(), version: agent.intents.version });
  }

  /** False while the disk does not take what is wanted: nothing may rest on that then, but to stop rests on nothing. */
  #follow(effects: readonly AgentEffect[], group: HaGroup): boolean {
    const { disk } = this.#options;
    for (const effect of effects)
      if (effect.kind === "save-intents") this.#unsaved = effect.intents;
    const unsaved = this.#unsaved;
    const isSaved = unsaved === undefined || this.#isSaved(() => disk.saveIntents(unsaved));
    if (isSaved) this.#unsaved = undefined;
    for (const effect of effects) if (isSaved || isStop(effect)) this.#doOne(effect, group);
    return isSaved;
  }

  /** A full disk must not end what runs: whatever rests on what was to be saved is left undone. */
  #isSaved(save: () => void): boolean {
    try {
      save();
      return true;
    } catch (error) {
      this.#seldom.warn(
        "this node's guard cannot write down what it decides: it votes for nobody and starts nothing until there is space on its disk",
        { reason: reasonOf(error) },
      );
      return false;
    }
  }

  #keepLeases(group: HaGroup, nowMs: number): void {
    const leases = group.services
      .filter(({ topology }) => topology.kind === "failover")
      .map(({ name, candidates, stopWithinMs }): GuardedLease => ({
        name,
        voters: candidates,
        stopWithinMs,
      }));
    this.#isKept = this.#guardFor(group, nowMs).keep(leases, nowMs);
  }

  #guardFor({ ttlMs }: HaGroup, nowMs: number): Guard {
    const { node, disk } = this.#options;
    const settings = { node, leases: [], ttlMs, ...timesOf(ttlMs) };
    this.#guard ??= new Guard(settings, disk.record(), nowMs, this.#rules);
    return this.#guard;
  }

  #newAgent(group: HaGroup, nowMs: number): Agent {
    const { node, incarnation, disk } = this.#options;
    const settings = {
      node,
      members: group.members.map(({ name }) => name),
      services: group.services,
      incarnation,
      tickEveryMs: TICK_MS,
      ...timesOf(group.ttlMs),
    };
    const intents = this.#unsaved ?? disk.intents();
    return new Agent(settings, this.#guardFor(group, nowMs), intents, nowMs, this.#rules);
  }

  #carry(effects: readonly GuardEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "save") {
        const { record } = effect;
        if (!this.#isSaved(() => this.#options.disk.saveRecord(record))) return;
      } else if (effect.kind === "ask") void this.#ask(effect.ask);
      else this.#send(effect.to, { kind: "guard", message: effect.message });
    }
  }

  async #ask(ask: StoreAsk): Promise<void> {
    // Who may run nothing is refused, and needs no lease.
    if (ask.kind === "poll-seed" && !this.#isCandidate) return;
    const answer = await this.#options.ask(ask);
    this.#wake((nowMs) => {
      if (answer?.kind === "seed" && answer.floor !== undefined) this.#storeHeardMs = nowMs;
      this.#carry(this.#guard?.onAnswer(ask, answer, nowMs) ?? []);
      this.#carry(this.#guard?.step(nowMs) ?? []);
    });
  }

  get #isCandidate(): boolean {
    const { node } = this.#options;
    return this.#group?.services.some(({ candidates }) => candidates.includes(node)) === true;
  }

  #send(to: string, message: NodeMessage): void {
    if (to === this.#options.node) setImmediate(() => this.receive(to, message));
    else this.#options.transport.send(to, message);
  }

  #doOne(effect: AgentEffect, group: HaGroup): void {
    switch (effect.kind) {
      case "heartbeat":
        return this.#tellAll(effect.heartbeat, group);
      case "save-intents":
        return;
      case "guard":
        return this.#carry([effect.effect]);
      case "act":
        return this.#act(effect);
    }
  }

  #tellAll(heartbeat: Heartbeat, { members }: HaGroup): void {
    for (const { name } of members)
      if (name !== this.#options.node) this.#send(name, { kind: "heartbeat", heartbeat });
  }

  #act({ service, epoch, action }: Extract<AgentEffect, { readonly kind: "act" }>): void {
    const { runs, clock } = this.#options;
    const untilMs = this.#guard?.runUntilMs(service, clock.bootTimeMs());
    runs.act(service, action, { epoch, untilMs });
  }
}

function isWanted({ intents }: IntentTable, service: string): boolean {
  const kind = intents[service]?.desired.kind;
  return kind === "started" || kind === "placed";
}

const isStop = (effect: AgentEffect): boolean =>
  effect.kind === "act" && effect.action.kind === "stop";
