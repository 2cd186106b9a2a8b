import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { HaDesired, HaGroup, HaResource } from "@bastide/contracts";
import {
  type LeaseStore,
  type NodeMessage,
  SAFETY_RULES,
  type SafetyRules,
  SEED_KEY,
  seedFloor,
  type StoreAnswer,
  type StoreAsk,
} from "@bastide/ha";
import { MemoryLeaseStore, WakingClock } from "@bastide/ha/testing";
import { GuardDisk } from "../src/guard/guard-disk.ts";
import { GuardNode } from "../src/guard/guard-node.ts";
import { MachineClock } from "../src/guard/machine-clock.ts";
import { Runs } from "../src/guard/runs.ts";
import { Journal } from "../src/journal/journal.ts";

export const INSTALLATION = resolve(import.meta.dirname, "../../..");
export const silent = new Journal(() => {});

/** Waits for a state, at most forty seconds. */
export async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = performance.now() + 40_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`it did not come to pass: ${what}`);
    await setTimeout(5);
  }
}

/** The drill, as it lies in the sources. It beats where somebody watches it; nobody answers there. */
export const drillAt = (port: number): HaResource => ({
  name: "program",
  after: [],
  program: "apps/agent/src/drill/main.ts",
  environmentVariables: { BASTIDE_WITNESS_URL: "http://127.0.0.1:1/" },
  port,
  stopGraceMs: 2_000,
});

/** What a control plane answers, without one. */
export function desk(store: LeaseStore): (ask: StoreAsk) => Promise<StoreAnswer> {
  const signal = (): AbortSignal => AbortSignal.timeout(1_500);
  const seed = async (): Promise<StoreAnswer> => {
    const text = await store.readValue(SEED_KEY, signal());
    return { kind: "seed", floor: text === undefined ? undefined : Number(text) };
  };
  let floor = 0;
  return async (ask) => {
    if (ask.kind === "poll-seed") return seed();
    const { command } = ask;
    switch (command.kind) {
      case "acquire":
      case "seed-acquire":
        return { kind: "acquisition", answer: await store.tryAcquire(command.request, signal()) };
      case "renew":
        return { kind: "renewal", answer: await store.renew(command.grant, signal()) };
      case "release":
        await store.release(command.grant, signal());
        return { kind: "released" };
      case "seed-record":
        floor = seedFloor([...command.knownEpochs, floor]);
        return { kind: "recorded", floor };
      case "seed-write": {
        const text = String(command.floor);
        const answer = await store.writeFenced(command.grant, SEED_KEY, text, signal());
        return { kind: "written", answer };
      }
      case "read-seed":
      default:
        return seed();
    }
  };
}

const machineClock = new MachineClock();

class RealClock extends WakingClock {
  override bootTimeMs(): number {
    return machineClock.bootTimeMs();
  }

  override wallTimeMs(): number {
    return machineClock.wallTimeMs();
  }

  override sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    return setTimeout(durationMs, undefined, { signal });
  }
}

/** Leases for guards of this process, where it does not matter who keeps them. */
export const storeInMemory = (): LeaseStore => new MemoryLeaseStore(new RealClock());

/** One failover service, on these nodes, as it is wanted. */
export function groupAround(
  names: readonly string[],
  resource: HaResource,
  desired: HaDesired = { kind: "started" },
  version = 1,
): HaGroup {
  return {
    members: names.map((name) => ({ name })),
    services: [
      {
        name: "drill",
        topology: { kind: "failover" },
        candidates: [...names],
        resources: [resource],
        affinities: [],
        monitor: { restarts: { count: 5, withinMs: 30_000 }, action: "switch", blockForMs: 5_000 },
        stopWithinMs: 400,
      },
    ],
    intents: { version, intents: { drill: { service: "drill", desired, id: `i${version}` } } },
    isCordoned: false,
    isDraining: false,
    ttlMs: 2_000,
  };
}

/** A node's guard in this process, with real programs below it. */
export class TestGuard implements AsyncDisposable {
  readonly name: string;
  readonly directory: string;
  readonly runs: Runs;
  readonly #node: GuardNode;
  #group: HaGroup;
  /** Nothing leaves it and nothing arrives: neither the store's answers nor other guards' words. */
  isCut = false;
  /** How often it asked for its lease to go on. */
  renewals = 0;

  private constructor(
    name: string,
    directory: string,
    group: HaGroup,
    ask: (ask: StoreAsk) => Promise<StoreAnswer>,
    send: (from: TestGuard, to: string, message: NodeMessage) => void,
    rules: SafetyRules,
  ) {
    this.name = name;
    this.directory = directory;
    this.#group = group;
    this.runs = new Runs({
      directory,
      installation: INSTALLATION,
      node: name,
      host: () => "127.0.0.1",
      journal: silent,
      onChange: () => {},
    });
    this.#node = new GuardNode({
      node: name,
      incarnation: 1,
      clock: machineClock,
      disk: new GuardDisk(directory),
      runs: this.runs,
      ask: async (asked) => {
        if (asked.kind === "lease" && asked.command.kind === "renew") this.renewals += 1;
        if (this.isCut) return undefined;
        const answer = await ask(asked).catch(() => undefined);
        return this.isCut ? undefined : answer;
      },
      transport: { send: (to, message) => send(this, to, message) },
      report: () => {},
      journal: silent,
      rules,
    });
  }

  static async start(
    name: string,
    group: HaGroup,
    ask: (ask: StoreAsk) => Promise<StoreAnswer>,
    send: (from: TestGuard, to: string, message: NodeMessage) => void,
    rules: SafetyRules = SAFETY_RULES,
    parent = "/tmp",
  ): Promise<TestGuard> {
    const directory = await mkdtemp(join(parent, "bastide-guard-"));
    const guard = new TestGuard(name, directory, group, ask, send, rules);
    guard.apply(group);
    guard.#node.start();
    return guard;
  }

  apply(group: HaGroup): void {
    this.#group = group;
    this.#node.apply(group);
  }

  /** As an operator does: its guard is told by its node. */
  drain(): void {
    this.apply({ ...this.#group, isCordoned: true, isDraining: true });
  }

  receive(from: string, message: NodeMessage): void {
    if (!this.isCut) this.#node.receive(from, message);
  }

  get state(): string {
    return this.stateOf("program");
  }

  stateOf(resource: string): string {
    return this.runs.local("drill").resources[resource] ?? "stopped";
  }

  get epoch(): number | undefined {
    return this.runs.local("drill").epoch;
  }

  /** The boot times at which the drill wrote that it runs here, in milliseconds: the first soon after its port answers. */
  beats(): number[] {
    const file = join(this.directory, "services/drill/program/data/beats");
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => Number(line.split(" ")[2]));
  }

  firstBeat(): Promise<number> {
    return until(`the drill beats on ${this.name}`, () => this.beats()[0]);
  }

  end(withinMs = 5_000): Promise<void> {
    return this.#node.end(withinMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await rm(this.directory, { recursive: true, force: true });
  }
}
