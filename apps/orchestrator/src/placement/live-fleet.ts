import type { NodeFacts, NodePlace, Quota } from "@bastide/contracts";
import { Fleet, type NodeState, type PlacementNode, PolicyVerdicts } from "@bastide/ha";
import { Injectable } from "@nestjs/common";
import { InstanceRegistry, type KnownInstance } from "../instances/instance-registry.ts";
import { type KnownNode, NodeDirectory } from "../nodes/node-directory.ts";
import { ReleaseProcesses } from "../releases/release-processes.ts";
import { idsOf, keyOf, type Target, type TargetKey } from "../targets/target.ts";
import { TargetFinder } from "../targets/target-finder.ts";
import {
  type PlacedInstance,
  PlacedInstances,
  type PlacedWorkload,
} from "./domain/placed-instances.ts";
import { placementNode } from "./domain/placement-node.ts";
import { needsOf, type PlacedProcess, workloadId, workloadOf } from "./domain/workloads.ts";
import { PlacementStore } from "./placement-store.ts";

/** What a node as placement sees it is made of. */
interface NodeMakings {
  readonly facts: NodeFacts | undefined;
  readonly place: NodePlace;
  readonly state: NodeState;
  readonly services: number;
}

/** A node as it was last taken in. */
interface SeenNode extends NodeMakings {
  readonly node: PlacementNode;
}

/**
 * The fleet as it is, kept in memory and fed what changes: instances as they come and go, nodes, settings, quotas. Who
 * uses it has it brought up to date, at the price of what changed and of one glance at each node.
 */
@Injectable()
export class LiveFleet {
  readonly verdicts: PolicyVerdicts = new PolicyVerdicts();
  readonly #fleet = new Fleet({ nodes: [], workloads: [], quotas: {} }, this.verdicts);
  readonly #placed = new PlacedInstances();
  readonly #nodes = new Map<string, SeenNode>();
  /** Of the platform's own instances, node by node. */
  readonly #services = new Map<string, Set<string>>();
  /** What was last asked for, by the fleet's ids. */
  readonly #asked = new Map<string, Omit<PlacedInstance, "node">>();
  #quotas: ReadonlyMap<string, Quota> = new Map();

  constructor(
    registry: InstanceRegistry,
    private readonly directory: NodeDirectory,
    private readonly targets: TargetFinder,
    private readonly store: PlacementStore,
    private readonly releases: ReleaseProcesses,
  ) {
    for (const known of registry.all()) this.#add(known);
    registry.onAdded((known) => this.#add(known));
    registry.onRemoved((known) => this.#remove(known));
    store.onChanged((key) => this.#placed.touch(({ target }) => target === key));
  }

  /**
   * Gives `act` the fleet of this very moment: nothing is waited for between the two, and `act` waits for nothing. What
   * it wants is forgotten when the fleet is used next, but for what it reserves.
   */
  async use<T>(act: (fleet: Fleet) => T): Promise<T> {
    await this.store.load();
    while (!this.#placed.isNamed) await this.#findNames();
    this.#follow();
    return act(this.#fleet);
  }

  get hasNodes(): boolean {
    return this.#nodes.size > 0;
  }

  /** Of those named, the ones that are known. */
  nodes(names: readonly string[]): PlacementNode[] {
    return names.flatMap((name) => this.#nodes.get(name)?.node ?? []);
  }

  /** So many of it in all, by how many are where they may be. Gives the id by which the fleet knows it. */
  want(placed: PlacedProcess, count: (kept: number) => number): string {
    const id = workloadId(placed);
    const what = { ...placed, target: keyOf(placed.target) };
    const wanted = count(this.#fleet.keeps(id));
    const settings = this.store.of(placed.target);
    this.#asked.set(id, what);
    this.#fleet.setWorkload(workloadOf(placed, settings, this.#placed.nodesOf(what), wanted));
    return id;
  }

  /** Counts what has a place and is not on record yet, until what is returned is called. */
  reserve(placed: PlacedProcess, nodes: readonly string[]): () => void {
    const { process, generation } = placed;
    const target = keyOf(placed.target);
    const reserved = nodes.map((node) => ({
      id: Symbol("reserved"),
      instance: { target, process, generation, node },
    }));
    for (const { id, instance } of reserved)
      this.#placed.name(this.#placed.add(id, instance), placed);
    return () => {
      for (const { id, instance } of reserved) this.#placed.remove(id, instance);
    };
  }

  #add(known: KnownInstance): void {
    if (known.target !== undefined) this.#placed.add(known.id, placedOf(known, known.target));
    if (known.service === undefined) return;
    const services = this.#services.get(known.node) ?? new Set();
    this.#services.set(known.node, services.add(known.id));
  }

  #remove(known: KnownInstance): void {
    if (known.target !== undefined) this.#placed.remove(known.id, placedOf(known, known.target));
    this.#services.get(known.node)?.delete(known.id);
  }

  /** After a start of ours; what is placed later is placed by name. */
  async #findNames(): Promise<void> {
    const { unnamed } = this.#placed;
    const releases = await this.releases.of(unnamed.flatMap(({ release }) => release ?? []));
    await Promise.all(
      unnamed.map(async (workload) => {
        const found = await this.targets.byIds(idsOf(workload.target));
        const limits = releases.get(workload.release ?? "")?.[workload.process]?.limits;
        const target = found ?? removed(workload.target);
        this.#placed.name(workload, { target, ...(limits ? { limits } : {}) });
      }),
    );
  }

  #follow(): void {
    this.#followNodes();
    this.#followQuotas();
    for (const [id, what] of this.#asked) {
      this.#fleet.removeWorkload(id);
      this.#placed.touchOne(what);
    }
    this.#asked.clear();
    for (const workload of this.#placed.takeChanged()) this.#takeIn(workload);
  }

  #takeIn({ named: placed, nodes }: PlacedWorkload): void {
    if (!placed) return;
    if (nodes.size === 0) this.#fleet.removeWorkload(workloadId(placed));
    else
      this.#fleet.setWorkload(
        workloadOf(placed, this.store.of(placed.target), [...nodes.values()]),
      );
  }

  #followQuotas(): void {
    const { quotas } = this.store;
    if (quotas === this.#quotas) return;
    for (const name of this.#quotas.keys()) this.#fleet.setQuota(name, undefined);
    for (const [name, { cpus, ...quota }] of quotas)
      this.#fleet.setQuota(name, {
        ...quota,
        ...(cpus === undefined ? {} : { cpuMillis: Math.floor(cpus * 1_000) }),
      });
    this.#quotas = quotas;
  }

  /** What ran on a node that is gone or lost, and on one that is back, is taken in anew. */
  #followNodes(): void {
    const turned = new Set<string>();
    const nowMs = Date.now();
    const known = new Set<string>();
    for (const node of this.directory.all()) {
      known.add(node.name);
      if (this.#followNode(node, nowMs)) turned.add(node.name);
    }
    for (const name of this.#nodes.keys()) {
      if (known.has(name)) continue;
      this.#nodes.delete(name);
      this.#fleet.removeNode(name);
      turned.add(name);
    }
    if (turned.size > 0)
      this.#placed.touch(({ nodes }) => [...nodes.values()].some((name) => turned.has(name)));
  }

  /** Whether instances on it have a place from now on, or have none any more. */
  #followNode(known: KnownNode, nowMs: number): boolean {
    const { name, facts, place } = known;
    const before = this.#nodes.get(name);
    const state = this.#stateOf(known, nowMs);
    const services = this.#services.get(name)?.size ?? 0;
    if (before && isSame(before, { facts, place, state, services })) return false;
    const node = withoutServices(placementNode({ ...known, state }), services);
    this.#nodes.set(name, { facts, place, state, services, node });
    this.#fleet.setNode(node);
    return before === undefined || (before.state === "lost") !== (state === "lost");
  }

  #stateOf({ name, liveness, isCordoned }: KnownNode, nowMs: number): NodeState {
    // What was started on a lost node would be started elsewhere again, and again.
    if (liveness === "lost") return "lost";
    if (isCordoned) return "cordoned";
    return this.directory.isReachable(name, nowMs) ? "ready" : "silent";
  }
}

/** By the objects: all nodes are looked at each time. */
const isSame = (one: NodeMakings, other: NodeMakings): boolean =>
  one.facts === other.facts &&
  one.place === other.place &&
  one.state === other.state &&
  one.services === other.services;

const placedOf = (
  { process, generation = "", node, release }: KnownInstance,
  target: TargetKey,
): PlacedInstance => ({
  target,
  process,
  generation,
  node,
  ...(release === undefined ? {} : { release }),
});

/** The platform's own stays where it is: its room is nobody else's. */
function withoutServices(node: PlacementNode, services: number): PlacementNode {
  const { cpuMillis, memoryMb } = needsOf({});
  const capacity = {
    cpuMillis: node.capacity.cpuMillis - cpuMillis * services,
    memoryMb: node.capacity.memoryMb - memoryMb * services,
    instances: node.capacity.instances - services,
  };
  return { ...node, capacity };
}

/** An app that was removed while instances of it are left: they take room until they have stopped. */
const removed = (key: TargetKey): Target => {
  const ids = idsOf(key);
  return { ...ids, organisation: "", project: "", app: ids.appId, environment: ids.environmentId };
};
