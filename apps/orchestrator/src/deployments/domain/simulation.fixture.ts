import type { Route } from "@bastide/contracts";
import { appRoute } from "../../routes/domain/app-route.ts";
import { plan } from "./plan.ts";
import type {
  Action,
  ActiveDeployment,
  Failure,
  Generation,
  Member,
  Observed,
  Rollout,
} from "./rollout.ts";

type Condition = NonNullable<Member["node"]> | "well";

const NAME = { host: "shop.localhost", owner: "acme/web/shop/production" };
const ADDRESS = { host: "127.0.0.1", port: 20_000 };

interface World {
  nowMs: number;
  current?: Generation;
  deployment?: ActiveDeployment;
  members: Member[];
}

/**
 * One app on a node behind a gateway, with their delays and faults under the test's hand: what the orchestrator
 * records, what the agent runs, and which routes the gateway really uses. `plan` decides; everything else is here.
 */
export class Simulation {
  readonly world: World = { nowMs: 1_000_000, members: [] };
  /** How the three nodes are; an instance is on the one that its placement chose. */
  readonly nodes: Condition[] = ["well", "well", "well"];
  readonly #placed = new Map<string, number>();
  readonly outcomes: { id: string; outcome: string; failure?: Failure }[] = [];
  /** Processes that are alive on the node, told to stop or not. */
  readonly alive = new Set<string>();
  /** What the gateway uses now. */
  applied: Route | undefined;
  /** What the orchestrator knows that the gateway acknowledged; lost by its restart. */
  #acknowledged: string | undefined;
  #busy = new Set<string>();
  #ids = 0;

  nextId(): string {
    return String(++this.#ids).padStart(6, "0");
  }

  rollout(): Rollout {
    const members = this.world.members.map((member) => this.#seen(member));
    const world = { ...this.world, members };
    const draft = { ...world, table: { isAcknowledged: false, busy: this.#busy } };
    const isAcknowledged = this.#acknowledged === JSON.stringify(appRoute(draft, NAME) ?? null);
    return { ...draft, table: { isAcknowledged, busy: this.#busy } };
  }

  deploy(request: Partial<ActiveDeployment> = {}): string | undefined {
    if (this.world.deployment) return undefined;
    const id = this.nextId();
    this.world.deployment = {
      id,
      kind: "source",
      phase: request.generation ? "starting" : "building",
      createdAtMs: this.world.nowMs,
      step: 0,
      stepSinceMs: this.world.nowMs,
      strategy: { steps: [100], stepMs: 0, drainMs: 10_000 },
      cancelRequested: false,
      ...request,
    };
    return id;
  }

  scale(count: number): void {
    const { current } = this.world;
    if (!current) return;
    this.deploy({ kind: "scale", generation: { ...current, wanted: wanted(count) } });
  }

  patch(change: Partial<ActiveDeployment>): void {
    if (this.world.deployment) this.world.deployment = { ...this.world.deployment, ...change };
  }

  /** Plans until nothing is left to do now, as the reconcile loop does. */
  reconcile(): void {
    for (let round = 0; round < 50; round++) {
      const actions = plan(this.rollout());
      if (actions.length === 0) return;
      this.record(actions);
    }
    throw new Error(`no end: ${JSON.stringify(plan(this.rollout()))}`);
  }

  /** All actions of a plan are one transaction: none is ever recorded without the others. */
  record(actions: readonly Action[]): void {
    for (const action of actions) this.#record(action);
  }

  #record(action: Action): void {
    switch (action.type) {
      case "promote":
        return this.#promote();
      case "start":
        return this.#start(action.generation, action.process, action.count);
      case "drain":
        return this.#drain(action.instances, action.limitMs);
      case "stop":
        return this.#stop(action.instances);
      case "finish":
        return this.#finish(action);
      case "start-build":
      case "create-release":
      case "enter":
      case "step":
      default:
        return this.patch(this.#changeOf(action));
    }
  }

  #changeOf(
    action: Extract<Action, { type: "start-build" | "create-release" | "enter" | "step" }>,
  ): Partial<ActiveDeployment> {
    if (action.type === "start-build") return { build: { state: "running" } };
    if (action.type === "create-release")
      return { generation: generation(this.world.deployment?.id ?? "") };
    const stepSinceMs = this.world.nowMs;
    if (action.type === "step") return { step: action.step, stepSinceMs };
    return { phase: action.phase, stepSinceMs };
  }

  #promote(): void {
    const next = this.world.deployment?.generation;
    if (next) this.world.current = next;
    this.patch({ phase: "draining" });
  }

  #start(ofGeneration: string, process: string, count: number): void {
    for (let i = 0; i < count; i++) {
      const id = this.nextId();
      this.#placed.set(id, this.#place());
      this.world.members.push({
        id,
        generation: ofGeneration,
        process,
        isPublic: process === "web",
        createdAtMs: this.world.nowMs,
        knownSinceMs: this.world.nowMs,
      });
    }
  }

  /** The first node that is well; with none, the first one, as placement does with nodes that are only silent. */
  #place(): number {
    return Math.max(0, this.nodes.indexOf("well"));
  }

  #seen(member: Member): Member {
    const condition = this.nodes[this.#placed.get(member.id) ?? 0] ?? "well";
    return condition === "well" ? member : { ...member, node: condition };
  }

  /** The node of the instance that `pick` chooses becomes like this. */
  nodeIs(pick: number, condition: Condition): void {
    this.nodes[pick % this.nodes.length] = condition;
  }

  onNode(node: number): Member[] {
    return this.world.members.filter(({ id }) => this.#placed.get(id) === node);
  }

  #drain(ids: readonly string[], limitMs: number): void {
    this.world.members = this.world.members.map((member) =>
      ids.includes(member.id)
        ? { ...member, draining: { sinceMs: this.world.nowMs, limitMs } }
        : member,
    );
  }

  #stop(ids: readonly string[]): void {
    const routed = this.applied?.upstreams.filter(({ instance }) => ids.includes(instance)) ?? [];
    if (routed.length > 0)
      throw new Error(`stopped while the gateway still uses it: ${JSON.stringify(routed)}`);
    for (const id of ids) this.alive.delete(id);
    this.world.members = this.world.members.filter(({ id }) => !ids.includes(id));
  }

  #finish(action: Extract<Action, { type: "finish" }>): void {
    const id = this.world.deployment?.id ?? "";
    const failure = action.outcome === "failed" ? { failure: action.failure } : {};
    this.outcomes.push({ id, outcome: action.outcome, ...failure });
    delete this.world.deployment;
  }

  /** The agent reports this of the instance that `pick` chooses. */
  observe(pick: number, observed: Partial<Observed>): void {
    const at = this.world.members.length > 0 ? pick % this.world.members.length : -1;
    const member = this.world.members[at];
    if (!member) return;
    const next: Observed = {
      phase: "starting",
      restarts: 0,
      promises: [],
      ...member.observed,
      ...observed,
    };
    if (next.phase === "ready") this.alive.add(member.id);
    this.world.members[at] = { ...member, observed: next };
  }

  ready(pick: number): void {
    this.observe(pick, { phase: "ready", address: ADDRESS, startedAt: iso(this.world.nowMs) });
  }

  crash(pick: number): void {
    const member = this.world.members[pick % Math.max(1, this.world.members.length)];
    if (!member) return;
    this.alive.delete(member.id);
    const restarts = (member.observed?.restarts ?? 0) + 1;
    this.observe(pick, { phase: "backing-off", restarts, lastExit: { code: 1, at: iso(0) } });
  }

  /** The gateway takes the table as it is now, and says so. */
  gatewayApplies(): void {
    const next = appRoute(this.rollout(), NAME);
    const left = this.applied?.upstreams.filter(
      ({ instance }) => !next?.upstreams.some((upstream) => upstream.instance === instance),
    );
    for (const { instance } of left ?? []) this.#busy.add(instance);
    this.applied = next;
    this.#acknowledged = JSON.stringify(next ?? null);
  }

  requestsEnd(): void {
    this.#busy = new Set();
  }

  /** kill -9 of the orchestrator: everything that is only in memory is gone. */
  restart(): void {
    this.#acknowledged = undefined;
    this.#busy = new Set();
  }

  passTime(ms: number): void {
    this.world.nowMs += ms;
  }

  /** Everything works from here on: builds succeed, instances get ready, the gateway follows. */
  settle(): void {
    this.nodes.forEach((condition, at) => {
      if (condition !== "leaving" || at === 0) this.nodes[at] = "well";
    });
    for (let round = 0; round < 40; round++) {
      this.reconcile();
      if (this.world.deployment?.build?.state === "running")
        this.patch({ build: { state: "succeeded" } });
      this.world.members.forEach((_, at) => this.ready(at));
      this.gatewayApplies();
      this.requestsEnd();
      this.passTime(60_000);
    }
    this.reconcile();
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();

export const wanted = (count: number) => ({
  web: { count, isPublic: true, startTimeoutMs: 60_000 },
  worker: { count: 1, isPublic: false, startTimeoutMs: 60_000 },
});

const generation = (id: string): Generation => ({
  id,
  release: `release of ${id}`,
  wanted: wanted(2),
});
