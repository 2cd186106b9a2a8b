import type { StoreAnswer } from "../src/guard/guard.ts";
import type { StoreAsk } from "../src/guard/guard-message.ts";
import type { Desired, ServiceSpec } from "../src/services/service.ts";
import type { LocalService } from "../src/ports/resource-driver.ts";
import type { Transport } from "../src/ports/transport.ts";
import { MemoryNetwork } from "../src/testing/memory-network.ts";
import { EventQueue } from "./event-queue.ts";
import { Faults } from "./faults.ts";
import { Invariants } from "./invariants.ts";
import type { Parts } from "./mutations.ts";
import { Random } from "./random.ts";
import { FAULTS_FROM_MS, FAULTS_TO_MS, isChanging, isTight, services } from "./scenario.ts";
import { SimNode } from "./sim-node.ts";
import { answerOf, STORE, StoreHost } from "./store-host.ts";
import { Truth, TRUTH } from "./truth.ts";
import { VoterSets } from "./voter-sets.ts";

/** A run has some twenty thousand; many more means that something asks without end. */
const MOST_STEPS = 200_000;

/** All of one run: what is simulated, what is real, and what happens next. */
export class World {
  readonly seed: number;
  readonly random: Random;
  readonly parts: Parts;
  readonly invariants: Invariants = new Invariants();
  readonly network: MemoryNetwork;
  readonly store: StoreHost;
  readonly truth: Truth;
  readonly ids: readonly string[];
  readonly nodes: readonly SimNode[];
  readonly specs: readonly ServiceSpec[];
  readonly voters: VoterSets;
  readonly faults: Faults;
  readonly #queue = new EventQueue();
  readonly #byId: ReadonlyMap<string, SimNode>;
  nowMs = 0;
  steps = 0;
  /** When something was last started, stopped or changed. */
  actedAtMs = 0;
  isTruthUp = true;
  #intents = 0;

  constructor(seed: number, parts: Parts) {
    this.seed = seed;
    this.random = new Random(seed);
    this.parts = parts;
    this.ids = Array.from({ length: this.random.between(5, 7) }, (_, index) => `n${index + 1}`);
    this.network = new MemoryNetwork([...this.ids, STORE, TRUTH], this.random, (delayMs, run) =>
      this.later(delayMs, run),
    );
    this.specs = this.servicesOf(this.ids);
    this.voters = new VoterSets(this.ids, parts.rules, this.random, isChanging(seed));
    this.truth = new Truth(parts.rules, this.voters);
    this.store = new StoreHost(parts);
    this.nodes = this.ids.map((id) => new SimNode(id, this.ids, this));
    this.#byId = new Map(this.nodes.map((node) => [node.id, node]));
    this.faults = new Faults(this);
    for (const node of this.nodes) this.later(this.random.between(1, 500), () => node.boot());
    this.faults.plan();
    this.#planIntents();
  }

  /** As they are described to whoever knows these voters. */
  servicesOf(voters: readonly string[]): ServiceSpec[] {
    return services(this.ids, voters, this.seed);
  }

  later(delayMs: number, run: () => void): void {
    this.#queue.add(this.nowMs + delayMs, run);
  }

  /** Runs until then or until something is wrong. */
  runTo(endMs: number): void {
    while (this.invariants.violation === undefined && this.#queue.nextAtMs() <= endMs) {
      const event = this.#queue.next();
      if (event === undefined) return;
      this.nowMs = event.atMs;
      this.steps += 1;
      if (this.steps > MOST_STEPS) this.invariants.fail(`more than ${MOST_STEPS} steps: a storm`);
      event.run();
      this.#checkOverlap();
    }
  }

  node(id: string): SimNode {
    const node = this.#byId.get(id);
    if (node === undefined) throw new RangeError(`no node ${id}`);
    return node;
  }

  crash(node: SimNode, bootInMs = this.random.between(200, 5_000)): void {
    node.crash();
    this.later(bootInMs, () => node.boot());
  }

  transportOf(from: string): Transport {
    return this.network.transport(from, (to, message) => {
      const node = this.node(to);
      node.wake(() => node.receive(from, message));
    });
  }

  ask(node: SimNode, ask: StoreAsk, onAnswer: (answer: StoreAnswer) => void): void {
    if (ask.kind === "seed" && ask.command.kind === "seed-record") {
      const { knownEpochs } = ask.command;
      this.askTruth(node, (truth) => {
        const floor = truth.recordLife(knownEpochs);
        return () => onAnswer({ kind: "recorded", floor });
      });
      return;
    }
    this.network.send(node.id, STORE, () => {
      if (!this.store.isUp) return;
      const answer = answerOf(this.store.table, ask, this.nowMs);
      this.network.send(STORE, node.id, () => node.wake(() => onAnswer(answer)));
    });
  }

  /** `step` is done at the truth; what it gives is done on the node when the answer is there. */
  askTruth(node: SimNode, step: (truth: Truth) => () => void): void {
    this.network.send(node.id, TRUTH, () => {
      if (!this.isTruthUp) return;
      const answer = step(this.truth);
      this.network.send(TRUTH, node.id, () => node.wake(answer));
    });
  }

  /** Runs whose voters stay are spared the messages. */
  reported(node: string, version: number, { resources }: LocalService): void {
    if (!isChanging(this.seed)) return;
    const isStopped = Object.values(resources).every((state) => state === "stopped");
    this.network.send(node, TRUTH, () => {
      if (this.isTruthUp) this.voters.report(node, { version, isStopped });
    });
  }

  write(node: string, service: string, epoch: number): void {
    this.network.send(node, TRUTH, () => {
      if (this.truth.admits(service, epoch)) this.invariants.accepted(service, epoch, node);
    });
  }

  acted(): void {
    this.actedAtMs = this.nowMs;
  }

  /** The control plane takes it as soon as it is there. */
  want(service: string, desired: Desired): void {
    if (!this.isTruthUp) return this.later(500, () => this.want(service, desired));
    this.#intents += 1;
    this.truth.write({ service, desired, id: `i${this.#intents}` });
  }

  #planIntents(): void {
    for (const { name } of this.specs)
      this.later(1_000, () => this.want(name, { kind: "started" }));
    for (let atMs = FAULTS_FROM_MS; atMs < FAULTS_TO_MS; atMs += this.random.between(1_500, 5_000))
      this.#queue.add(atMs, () => this.want(this.random.pick(this.specs).name, this.#anyDesired()));
    if (isTight(this.seed)) this.#planMoves();
  }

  /** Moves of the web, some of which come while the one before is under way. */
  #planMoves(): void {
    for (let atMs = FAULTS_FROM_MS; atMs < FAULTS_TO_MS; atMs += this.random.between(200, 3_000))
      this.#queue.add(atMs, () =>
        this.want("web", { kind: "placed", node: this.random.pick(this.ids) }),
      );
  }

  #anyDesired(): Desired {
    const dice = this.random.next();
    if (dice < 0.4) return { kind: "started" };
    if (dice < 0.7) return { kind: "placed", node: this.random.pick(this.ids) };
    return this.random.pick<Desired>([
      { kind: "stopped" },
      { kind: "stopped", purge: true },
      { kind: "frozen" },
    ]);
  }

  #checkOverlap(): void {
    for (const { name, topology } of this.specs) {
      if (topology.kind !== "failover") continue;
      let first: string | undefined;
      for (const { id, runs } of this.nodes)
        if (runs.isActive(name)) {
          if (first !== undefined) this.invariants.runsOn(name, first, id);
          first = id;
        }
    }
  }
}
