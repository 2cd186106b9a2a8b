import {
  type LocalService,
  ResourceDriver,
  type RunLease,
  type ServiceAction,
} from "../src/ports/resource-driver.ts";
import type { ResourceState, ServiceSpec } from "../src/services/service.ts";
import { STOP_WITHIN_MS } from "./scenario.ts";
import type { SimNode } from "./sim-node.ts";
import type { World } from "./world.ts";

/** How late the guard's timer may be, and how long a kill may take: both together end within what was set. */
const LATE_MS = Math.floor(STOP_WITHIN_MS / 2) - 10;

interface Run {
  readonly spec: ServiceSpec;
  resources: Record<string, ResourceState>;
  epoch: number | undefined;
  /** Counts kills: what was under way before one has no effect after it. */
  life: number;
  wakesAtMs: number;
  isDying: boolean;
  /** On the machine's disk, which a crash leaves. */
  hasRemains: boolean;
}

/** What the drivers of one machine run, as children of its guard. */
export class Runs extends ResourceDriver {
  readonly #node: SimNode;
  readonly #world: World;
  readonly #runs = new Map<string, Run>();
  /** A kill takes a moment, but when a machine thaws. */
  #killsAtOnce = false;

  constructor(node: SimNode, specs: readonly ServiceSpec[], world: World) {
    super();
    this.#node = node;
    this.#world = world;
    for (const spec of specs)
      this.#runs.set(spec.name, {
        spec,
        resources: stopped(spec),
        epoch: undefined,
        life: 0,
        wakesAtMs: -1,
        isDying: false,
        hasRemains: false,
      });
  }

  override local(service: string): LocalService {
    const { resources, epoch, hasRemains } = this.#run(service);
    return { resources: { ...resources }, epoch, hasRemains };
  }

  /** Whether anything of the service can do something at this moment. */
  isActive(service: string): boolean {
    return !this.#node.isPaused && this.isUp(service);
  }

  isUp(service: string): boolean {
    const { resources } = this.#run(service);
    for (const name in resources) {
      const state = resources[name];
      if (state !== "stopped" && state !== "failed") return true;
    }
    return false;
  }

  isWhole(service: string): boolean {
    return Object.values(this.#run(service).resources).every((state) => state === "started");
  }

  override act(service: string, action: ServiceAction, { epoch }: RunLease): void {
    const run = this.#run(service);
    this.#world.acted();
    switch (action.kind) {
      case "start":
        this.#start(run, action.resource, epoch);
        return;
      case "restart": {
        const state = run.resources[action.resource] ?? "stopped";
        this.#world.invariants.restarted(this.#node.id, action.resource, state);
        this.#start(run, action.resource, epoch);
        return;
      }
      case "stop":
        this.#stop(run, action.resource);
        return;
      case "purge":
        this.#world.invariants.purged(this.#node.id, service, this.isUp(service));
        run.hasRemains = false;
        return;
      case "adopt":
        run.epoch = action.epoch;
        this.#world.invariants.acts(service, action.epoch, this.#node.id);
    }
  }

  /** A resource dies of itself. */
  fail(service: string): void {
    const run = this.#run(service);
    const name = Object.keys(run.resources).find((one) => run.resources[one] === "started");
    if (name !== undefined) run.resources[name] = "failed";
  }

  killAll(): void {
    for (const run of this.#runs.values()) this.#dead(run);
  }

  override underLease(): readonly string[] {
    return Array.from(this.#runs.values())
      .filter((run) => run.spec.topology.kind === "failover" && this.#isAny(run))
      .map(({ spec }) => spec.name);
  }

  override kill(service: string): void {
    const run = this.#run(service);
    if (this.#killsAtOnce) this.#dead(run);
    else this.#kill(run);
  }

  atOnce(enforce: () => void): void {
    this.#killsAtOnce = true;
    enforce();
    this.#killsAtOnce = false;
  }

  /** The guard wakes when a lease under which something runs is about to end, a little late as timers are. */
  override extend(service: string, untilMs: number): void {
    const run = this.#run(service);
    if (untilMs === run.wakesAtMs) return;
    run.wakesAtMs = untilMs;
    const inMs = Math.max(0, this.#node.trueMsUntil(untilMs));
    const lateMs = this.#world.random.between(1, LATE_MS);
    this.#world.later(inMs + lateMs, () => this.#node.wake(() => undefined));
  }

  /** What runs writes to what it protects, under the epoch that it was started or adopted under. */
  writeAll(): void {
    for (const { spec, epoch, resources } of this.#runs.values())
      if (epoch !== undefined && Object.values(resources).includes("started"))
        this.#world.write(this.#node.id, spec.name, epoch);
  }

  #run(service: string): Run {
    const run = this.#runs.get(service);
    if (run === undefined) throw new RangeError(`no service ${service}`);
    return run;
  }

  #isAny({ resources }: Run): boolean {
    for (const name in resources) if (resources[name] !== "stopped") return true;
    return false;
  }

  #start(run: Run, resource: string, epoch: number | undefined): void {
    run.resources[resource] = "starting";
    run.hasRemains = true;
    if (run.spec.topology.kind === "failover") {
      run.epoch = epoch;
      if (epoch !== undefined) this.#world.invariants.acts(run.spec.name, epoch, this.#node.id);
    }
    this.#then(run, resource, "starting", this.#world.random.between(50, 300), "started");
  }

  #stop(run: Run, resource: string): void {
    run.resources[resource] = "stopping";
    this.#then(run, resource, "stopping", this.#world.random.between(20, 400), "stopped");
  }

  #then(run: Run, resource: string, from: ResourceState, inMs: number, state: ResourceState): void {
    const { life } = run;
    this.#world.later(inMs, () =>
      this.#node.wake(() => {
        if (run.life !== life || run.resources[resource] !== from) return;
        run.resources[resource] = state;
        if (!this.#isAny(run)) run.epoch = undefined;
        this.writeAll();
      }),
    );
  }

  /** SIGKILL takes a moment; the lease ends no sooner than STOP_WITHIN_MS after the guard was to wake. */
  #kill(run: Run): void {
    if (run.isDying) return;
    run.isDying = true;
    run.life += 1;
    const { life } = run;
    for (const name in run.resources)
      if (run.resources[name] !== "stopped") run.resources[name] = "stopping";
    this.#world.later(this.#world.random.between(1, LATE_MS), () => {
      // Processes that are being killed end even while the guard is not awake.
      if (run.life === life) this.#dead(run);
    });
  }

  #dead(run: Run): void {
    run.life += 1;
    run.resources = stopped(run.spec);
    run.epoch = undefined;
    run.wakesAtMs = -1;
    run.isDying = false;
  }
}

const stopped = ({ resources }: ServiceSpec): Record<string, ResourceState> =>
  Object.fromEntries(resources.map(({ name }): [string, ResourceState] => [name, "stopped"]));
