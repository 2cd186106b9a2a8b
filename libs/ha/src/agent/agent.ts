import type { Guard } from "../guard/guard.ts";
import type { GuardEffect } from "../guard/guard-message.ts";
import { type IntentTable, newerOf } from "../intents/intent.ts";
import { Membership } from "../membership/membership.ts";
import type { Action, NodeView, Observation } from "../orchestration/observation.ts";
import { plan } from "../orchestration/plan.ts";
import type { LocalService, ResourceDriver, ServiceAction } from "../ports/resource-driver.ts";
import type { SafetyRules } from "../safety-rules.ts";
import type { ResourceSpec, ServiceSpec } from "../services/service.ts";
import { orderOf } from "../services/description.ts";
import { stillCounting } from "../services/storm-limit.ts";

/** How a node stands to what it may run. */
export interface Stance {
  /** It may take services: it reaches the lease store and is not cordoned. */
  readonly isReady: boolean;
  /** It hands over what it has. */
  readonly isLeaving: boolean;
}

/** What each node tells all others at each tick. */
export interface Heartbeat extends Stance {
  readonly incarnation: number;
  readonly wallMs: number;
  readonly runs: readonly string[];
  /** Those of which all is started. */
  readonly serves: readonly string[];
  readonly blocked: readonly string[];
  readonly intents: IntentTable;
  readonly knownEpochs: Readonly<Record<string, number>>;
}

export type AgentEffect =
  | { readonly kind: "heartbeat"; readonly heartbeat: Heartbeat }
  /** To be on disk before any effect that comes after it. */
  | { readonly kind: "save-intents"; readonly intents: IntentTable }
  | { readonly kind: "guard"; readonly effect: GuardEffect }
  | {
      readonly kind: "act";
      readonly service: string;
      readonly epoch: number | undefined;
      readonly action: ServiceAction;
    };

export interface AgentSettings {
  readonly node: string;
  readonly members: readonly string[];
  readonly services: readonly ServiceSpec[];
  readonly incarnation: number;
  readonly tickEveryMs: number;
  readonly suspectAfterMs: number;
  readonly deadAfterMs: number;
  readonly turnMs: number;
}

interface Planned {
  readonly spec: ServiceSpec;
  readonly order: readonly ResourceSpec[];
  idleSinceMs: number;
  blockedUntilMs: number;
  restartedAtMs: readonly number[];
}

interface Peer extends Stance {
  readonly runs: ReadonlySet<string>;
  readonly serves: ReadonlySet<string>;
  readonly blocked: readonly string[];
}

const NOBODY: Peer = {
  isReady: false,
  isLeaving: false,
  runs: new Set(),
  serves: new Set(),
  blocked: [],
};

/**
 * A node's deciding part: it knows who is there and what is wanted, and decides what its guard and its drivers do.
 * It may die and start anew at any time: what runs is the guard's and the drivers', and it finds that again.
 */
export class Agent {
  readonly #settings: AgentSettings;
  readonly #guard: Guard;
  readonly #rules: SafetyRules;
  readonly #membership: Membership;
  readonly #services: readonly Planned[];
  readonly #peers = new Map<string, Peer>();
  #intents: IntentTable;
  #savedVersion: number;

  /** Throws a RangeError for a service that no node could start, and has changed nothing then. */
  constructor(
    settings: AgentSettings,
    guard: Guard,
    intents: IntentTable,
    nowMs: number,
    rules: SafetyRules,
  ) {
    this.#settings = settings;
    this.#guard = guard;
    this.#rules = rules;
    this.#intents = intents;
    this.#savedVersion = intents.version;
    this.#membership = new Membership({ ...settings, self: settings.node }, nowMs);
    this.#services = settings.services.map((spec) => ({
      spec,
      order: orderOf(spec),
      idleSinceMs: nowMs,
      blockedUntilMs: Number.NEGATIVE_INFINITY,
      restartedAtMs: [],
    }));
  }

  get intents(): IntentTable {
    return this.#intents;
  }

  receive(from: string, heartbeat: Heartbeat, ourWallMs: number): void {
    const { incarnation, wallMs, runs, serves } = heartbeat;
    if (!this.#membership.heard(from, incarnation, wallMs, ourWallMs)) return;
    this.#peers.set(from, { ...heartbeat, runs: new Set(runs), serves: new Set(serves) });
    this.#guard.learnEpochs(heartbeat.knownEpochs);
    this.learnIntents(heartbeat.intents);
  }

  /** One round: what to tell, and what to do about each service. What runs is asked of the driver once. */
  step(
    nowMs: number,
    wallMs: number,
    { isReady, isLeaving }: Stance,
    driver: Pick<ResourceDriver, "local">,
  ): AgentEffect[] {
    this.#membership.tick(nowMs);
    const { node } = this.#settings;
    const locals = new Map(this.#services.map(({ spec }) => [spec.name, driver.local(spec.name)]));
    const those = (are: (one: LocalService) => boolean): Set<string> =>
      new Set([...locals].filter(([, one]) => are(one)).map(([name]) => name));
    const blocked = this.#services.filter((one) => nowMs < one.blockedUntilMs);
    const mine: Peer = {
      isLeaving,
      isReady: isReady && !isLeaving && this.#membership.isClockTrusted(node),
      runs: those(runsAny),
      serves: those(isServed),
      blocked: blocked.map(({ spec }) => spec.name),
    };
    this.#peers.set(node, mine);
    const effects = this.#saved();
    effects.push({ kind: "heartbeat", heartbeat: this.#heartbeat(mine, wallMs) });
    for (const one of this.#services) {
      const here = locals.get(one.spec.name);
      if (here !== undefined) effects.push(...this.#decide(one, here, nowMs));
    }
    return effects;
  }

  /** From whoever has the truth, or from another node that had it from there. */
  learnIntents(table: IntentTable): void {
    const newer = newerOf(this.#intents, table);
    if (newer === this.#intents) return;
    for (const { spec } of this.#services)
      if (newer.intents[spec.name]?.id !== this.#intents.intents[spec.name]?.id)
        this.#unblock(spec.name);
    this.#intents = newer;
  }

  /** What somebody asks for anew is tried anew, everywhere. */
  #unblock(service: string): void {
    for (const one of this.#services)
      if (one.spec.name === service) one.blockedUntilMs = Number.NEGATIVE_INFINITY;
  }

  #saved(): AgentEffect[] {
    if (this.#savedVersion === this.#intents.version) return [];
    this.#savedVersion = this.#intents.version;
    return [{ kind: "save-intents", intents: this.#intents }];
  }

  #heartbeat(mine: Peer, wallMs: number): Heartbeat {
    return {
      ...mine,
      incarnation: this.#settings.incarnation,
      wallMs,
      runs: [...mine.runs],
      serves: [...mine.serves],
      intents: this.#intents,
      knownEpochs: this.#guard.knownEpochs(),
    };
  }

  #decide(one: Planned, here: LocalService, nowMs: number): AgentEffect[] {
    const seen = this.#observed(one, here, nowMs);
    const actions = plan(seen, this.#intents.intents[one.spec.name]?.desired);
    const effects: AgentEffect[] = [];
    const { name, topology } = one.spec;
    if (topology.kind === "failover") {
      if (actions.some(({ kind }) => kind === "hold-lease")) this.#guard.seek(name);
      else if (!runsAny(here))
        effects.push(
          ...this.#guard.giveUp(name).map((effect): AgentEffect => ({ kind: "guard", effect })),
        );
    }
    const epoch = seen.lease.kind === "mine" ? seen.lease.epoch : undefined;
    for (const action of actions) {
      remember(one, action, nowMs);
      if (action.kind !== "hold-lease" && action.kind !== "block")
        effects.push({ kind: "act", service: name, epoch, action });
    }
    return effects;
  }

  #observed(one: Planned, here: LocalService, nowMs: number): Observation {
    const { name, topology } = one.spec;
    const nodes = this.#settings.members.map((id): NodeView => this.#nodeView(id, name));
    if (nodes.some(({ runs }) => runs.has(name))) one.idleSinceMs = nowMs;
    return {
      self: this.#settings.node,
      nowMs,
      spec: one.spec,
      order: one.order,
      lease: topology.kind === "failover" ? this.#guard.view(name, nowMs) : { kind: "none-needed" },
      resources: here.resources,
      epoch: here.epoch,
      hasRemains: here.hasRemains,
      nodes,
      idleForMs: nowMs - one.idleSinceMs,
      turnMs: this.#settings.turnMs,
      isBlocked: nowMs < one.blockedUntilMs,
      restartedAtMs: one.restartedAtMs,
      rules: this.#rules,
    };
  }

  #nodeView(id: string, service: string): NodeView {
    const isThere = this.#membership.isAlive(id);
    const { isReady, isLeaving, runs, serves, blocked } =
      (isThere ? this.#peers.get(id) : undefined) ?? NOBODY;
    return {
      id,
      isReady: isReady && !blocked.includes(service) && this.#membership.isClockTrusted(id),
      isLeaving,
      runs,
      serves,
    };
  }
}

/** What later decisions about the service have to know of this action. */
function remember(one: Planned, action: Action, nowMs: number): void {
  if (action.kind === "block") one.blockedUntilMs = nowMs + action.forMs;
  if (action.kind !== "restart") return;
  const counting = stillCounting(one.spec.monitor.restarts, one.restartedAtMs, nowMs);
  one.restartedAtMs = [...counting, nowMs];
}

const runsAny = ({ resources }: LocalService): boolean =>
  Object.values(resources).some((state) => state !== "stopped");

const isServed = ({ resources }: LocalService): boolean => {
  const states = Object.values(resources);
  return states.length > 0 && states.every((state) => state === "started");
};
