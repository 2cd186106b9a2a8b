import { Agent, type AgentEffect, type Heartbeat } from "../src/agent/agent.ts";
import type { NodeMessage } from "../src/agent/node-message.ts";
import { extendLawful, killUnlawful } from "../src/guard/enforce.ts";
import { Guard, type StoreAnswer } from "../src/guard/guard.ts";
import {
  EMPTY_GUARD_RECORD,
  type GuardEffect,
  type GuardRecord,
  type StoreAsk,
} from "../src/guard/guard-message.ts";
import { type IntentTable, NO_INTENTS } from "../src/intents/intent.ts";
import type { Clock } from "../src/ports/clock.ts";
import type { Transport } from "../src/ports/transport.ts";
import { KnownRuns } from "./known-runs.ts";
import { Runs } from "./runs.ts";
import { leases, TICK_MS, TTL_MS } from "./scenario.ts";
import { ToldVoters } from "./told-voters.ts";
import type { World } from "./world.ts";

/** A machine: its clocks and disk, the guard and agent on it, and what they run. */
export class SimNode implements Clock {
  readonly id: string;
  readonly runs: Runs;
  readonly #world: World;
  readonly #transport: Transport;
  readonly #told: ToldVoters;
  /** Boot time against true time. */
  readonly #rate: number;
  wallOffsetMs = 0;
  isUp = false;
  isPaused = false;
  isAgentPaused = false;
  isAgentUp = false;
  /** Counts down with each effect that is carried out; the machine crashes in front of the one at which it is 0. */
  crashIn = Number.POSITIVE_INFINITY;
  #disk: { guard: GuardRecord; intents: IntentTable } = {
    guard: EMPTY_GUARD_RECORD,
    intents: NO_INTENTS,
  };
  #toldVersion = 0;
  #boots = 0;
  #incarnation = 0;
  #guard: Guard | undefined;
  #agent: Agent | undefined;
  #known = new KnownRuns(0);
  #backlog: (() => void)[] = [];
  #storeHeardMs = Number.NEGATIVE_INFINITY;

  constructor(id: string, nodes: readonly string[], world: World) {
    this.id = id;
    this.#world = world;
    this.#transport = world.transportOf(id);
    this.#told = new ToldVoters(nodes, (voters) => world.servicesOf(voters));
    this.#rate = 1 + (world.random.next() - 0.5) * 0.018;
    this.runs = new Runs(this, this.#told.specs, world);
  }

  get guard(): Guard | undefined {
    return this.#guard;
  }

  get intents(): IntentTable {
    return this.#agent?.intents ?? this.#disk.intents;
  }

  bootTimeMs(): number {
    const boot = 1_000_000 + this.#world.nowMs * this.#rate;
    return this.#world.parts.leaseClock === "wall" ? boot + this.wallOffsetMs : boot;
  }

  wallTimeMs(): number {
    return 1_700_000_000_000 + this.#world.nowMs * this.#rate + this.wallOffsetMs;
  }

  /** True milliseconds until the boot time clock shows this. */
  trueMsUntil(bootMs: number): number {
    return (bootMs - this.bootTimeMs()) / this.#rate;
  }

  boot(): void {
    if (this.isUp) return;
    this.#boots += 1;
    this.isUp = true;
    this.isPaused = false;
    this.#backlog = [];
    const { forgets, rules } = this.#world.parts;
    const record = forgets === "votes" ? EMPTY_GUARD_RECORD : this.#disk.guard;
    this.#guard = new Guard(
      {
        node: this.id,
        leases: leases(this.#told.specs),
        ttlMs: TTL_MS,
        renewEveryMs: 600,
        retryEveryMs: 500,
      },
      record,
      this.bootTimeMs(),
      rules,
    );
    this.bootAgent();
    const boot = this.#boots;
    this.#world.later(this.#world.random.between(1, TICK_MS), () => this.#loop(boot));
  }

  bootAgent(): void {
    if (!this.isUp || this.isAgentUp || this.#guard === undefined) return;
    this.#incarnation += 1;
    this.isAgentUp = true;
    this.isAgentPaused = false;
    const { forgets, rules } = this.#world.parts;
    const intents = forgets === "intents" ? NO_INTENTS : this.#disk.intents;
    this.#world.invariants.remembers(this.id, intents.version, this.#toldVersion);
    const settings = {
      node: this.id,
      members: this.#world.ids,
      services: this.#told.specs,
      incarnation: this.#incarnation,
      tickEveryMs: TICK_MS,
      suspectAfterMs: 1_000,
      deadAfterMs: 3_000,
      turnMs: 1_500,
    };
    this.#known = new KnownRuns(this.#world.nowMs);
    this.#agent = new Agent(settings, this.#guard, intents, this.bootTimeMs(), rules);
  }

  /** The machine loses power: what is on disk stays. */
  crash(): void {
    this.isUp = false;
    this.isPaused = false;
    this.crashIn = Number.POSITIVE_INFINITY;
    this.#guard = undefined;
    this.crashAgent();
    this.#backlog = [];
    this.runs.killAll();
  }

  /** The agent alone dies: guard and services go on. */
  crashAgent(): void {
    this.isAgentUp = false;
    this.#agent = undefined;
  }

  pause(): void {
    this.isPaused = true;
  }

  /** All at once goes on where it was: first what ran, then the guard, then everybody else. */
  thaw(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.runs.writeAll();
    this.runs.atOnce(() => this.#enforce());
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const run of backlog) this.#wake(run);
  }

  /** Something happens on the machine: now, after the thaw, or never. */
  wake(run: () => void): void {
    if (!this.isUp) return;
    if (this.isPaused) this.#backlog.push(run);
    else this.#wake(run);
  }

  #wake(run: () => void): void {
    if (!this.isUp || this.isPaused) return;
    this.#enforce();
    run();
  }

  #enforce(): void {
    killUnlawful(this.#guard, this.runs, this.bootTimeMs());
  }

  #loop(boot: number): void {
    if (!this.isUp || this.#boots !== boot) return;
    this.wake(() => this.#tick());
    this.#world.later(TICK_MS + this.#world.random.between(-20, 20), () => this.#loop(boot));
  }

  #tick(): void {
    if (this.#guard === undefined) return;
    if (this.#told.hear(this.#world.voters, this.intents.version, this.#guard, this.bootTimeMs())) {
      this.crashAgent();
      this.bootAgent();
    }
    this.#guardAll(this.#guard.step(this.bootTimeMs()));
    this.#followTruth();
    if (this.#agent !== undefined && !this.isAgentPaused) {
      const isReady = this.bootTimeMs() - this.#storeHeardMs < TTL_MS;
      const locals = new Map(this.#told.specs.map(({ name }) => [name, this.runs.local(name)]));
      const driver = { local: (name: string) => locals.get(name) ?? this.runs.local(name) };
      this.#known.looked(locals, this.#world.nowMs);
      this.#doAll(
        this.#agent.step(
          this.bootTimeMs(),
          this.wallTimeMs(),
          { isReady, isLeaving: false },
          driver,
        ),
      );
      this.#world.reported(this.id, this.intents.version, this.runs.local("database"));
    }
    this.runs.writeAll();
  }

  /** What is wanted a node hears from the control plane; what it hears from others besides, they have from there. */
  #followTruth(): void {
    this.#world.askTruth(this, ({ table }) => () => {
      if (!this.isAgentPaused) this.#agent?.learnIntents(table);
    });
  }

  /** False once the machine has crashed in between. */
  #spend(): boolean {
    if (!this.isUp) return false;
    this.crashIn -= 1;
    if (this.crashIn > 0) return true;
    this.#world.crash(this);
    return false;
  }

  #guardAll(effects: readonly GuardEffect[]): void {
    for (const effect of effects) {
      if (!this.#spend()) return;
      this.#guardOne(effect);
    }
    extendLawful(this.#guard, this.runs, this.bootTimeMs());
  }

  #guardOne(effect: GuardEffect): void {
    switch (effect.kind) {
      case "save":
        this.#disk.guard = effect.record;
        return;
      case "send":
        this.#transport.send(effect.to, { kind: "guard", message: effect.message });
        return;
      case "ask":
        this.#ask(effect.ask);
    }
  }

  receive(from: string, message: NodeMessage): void {
    if (message.kind === "heartbeat") return this.#hear(from, message.heartbeat);
    this.#guardAll(this.#guard?.receive(from, message.message, this.bootTimeMs()) ?? []);
  }

  #ask(ask: StoreAsk): void {
    const guard = this.#guard;
    this.#world.ask(this, ask, (answer: StoreAnswer) => {
      if (this.#guard !== guard || guard === undefined) return;
      if (answer?.kind === "seed" && answer.floor !== undefined)
        this.#storeHeardMs = this.bootTimeMs();
      this.#guardAll(guard.onAnswer(ask, answer, this.bootTimeMs()));
    });
  }

  #hear(from: string, heartbeat: Heartbeat): void {
    if (this.isAgentPaused || this.#agent === undefined) return;
    this.#known.heard(from, heartbeat);
    this.#agent.receive(from, heartbeat, this.wallTimeMs());
  }

  #doAll(effects: readonly AgentEffect[]): void {
    const agent = this.#agent;
    for (const effect of effects) {
      if (!this.#spend() || this.#agent !== agent) return;
      this.#doOne(effect);
    }
    extendLawful(this.#guard, this.runs, this.bootTimeMs());
  }

  #tellAll(heartbeat: Heartbeat): void {
    this.#toldVersion = Math.max(this.#toldVersion, heartbeat.intents.version);
    for (const to of this.#world.ids)
      if (to !== this.id) this.#transport.send(to, { kind: "heartbeat", heartbeat });
  }

  #doOne(effect: AgentEffect): void {
    switch (effect.kind) {
      case "heartbeat":
        return this.#tellAll(effect.heartbeat);
      case "save-intents":
        this.#disk.intents = effect.intents;
        return;
      case "guard":
        this.#guardOne(effect.effect);
        return;
      case "act":
        this.#judge(effect);
        this.runs.act(effect.service, effect.action, { epoch: effect.epoch, untilMs: undefined });
    }
  }

  #judge({ service, action }: Extract<AgentEffect, { readonly kind: "act" }>): void {
    const { invariants } = this.#world;
    const spec = this.#told.specs.find(({ name }) => name === service);
    if (spec === undefined) return;
    const desired = this.intents.intents[service]?.desired;
    const { kind } = action;
    if (kind === "start") invariants.decided(this.id, kind, service, this.#known.whyNotStart(spec));
    if (kind === "stop")
      invariants.decided(this.id, kind, service, this.#known.whyNotStop(spec, desired));
  }
}
