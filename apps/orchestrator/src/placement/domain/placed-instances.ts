import type { TargetKey } from "../../targets/target.ts";
import type { PlacedProcess } from "./workloads.ts";

/** An instance that has a node, whether it is on record yet or not. */
export interface PlacedInstance {
  readonly target: TargetKey;
  readonly process: string;
  readonly generation: string;
  readonly node: string;
  readonly release?: string;
}

type Named = Omit<PlacedInstance, "node" | "release">;

/** Instances of one process of one roll-out. */
export interface PlacedWorkload extends Named {
  /** By instance. */
  readonly nodes: Map<string | symbol, string>;
  /** Undefined until it was looked up. */
  named?: PlacedProcess;
  readonly release?: string;
}

/** Which instances are where, workload by workload, and of which workloads that has changed. */
export class PlacedInstances {
  readonly #changed = new Set<PlacedWorkload>();
  readonly #workloads = new Map<string, PlacedWorkload>();
  readonly #unnamed = new Set<PlacedWorkload>();

  /** Those whose app is not known yet. */
  get unnamed(): readonly PlacedWorkload[] {
    return [...this.#unnamed];
  }

  get isNamed(): boolean {
    return this.#unnamed.size === 0;
  }

  nodesOf(what: Named): readonly string[] {
    return [...(this.#workloads.get(keyOf(what))?.nodes.values() ?? [])];
  }

  /** Those that changed since they were last taken, in the order in which they did. */
  takeChanged(): readonly PlacedWorkload[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  name(
    workload: PlacedWorkload,
    { target, limits }: Pick<PlacedProcess, "target" | "limits">,
  ): void {
    const { process, generation } = workload;
    workload.named = { target, process, generation, ...(limits ? { limits } : {}) };
    this.#unnamed.delete(workload);
    this.#changed.add(workload);
  }

  add(id: string | symbol, instance: PlacedInstance): PlacedWorkload {
    const key = keyOf(instance);
    const workload = this.#workloads.get(key) ?? this.#made(key, instance);
    workload.nodes.set(id, instance.node);
    this.#changed.add(workload);
    return workload;
  }

  remove(id: string | symbol, instance: PlacedInstance): void {
    const workload = this.#workloads.get(keyOf(instance));
    if (!workload?.nodes.delete(id)) return;
    this.#changed.add(workload);
    if (workload.nodes.size > 0) return;
    this.#workloads.delete(keyOf(instance));
    this.#unnamed.delete(workload);
  }

  /** What else is known of the node, or said of the target, of some: they are to be taken in anew. */
  touch(isTouched: (workload: PlacedWorkload) => boolean): void {
    for (const workload of this.#workloads.values())
      if (isTouched(workload)) this.#changed.add(workload);
  }

  touchOne(what: Named): void {
    const workload = this.#workloads.get(keyOf(what));
    if (workload) this.#changed.add(workload);
  }

  #made(key: string, { target, process, generation, release }: PlacedInstance): PlacedWorkload {
    const named = { target, process, generation, ...(release === undefined ? {} : { release }) };
    const workload: PlacedWorkload = { ...named, nodes: new Map() };
    this.#workloads.set(key, workload);
    this.#unnamed.add(workload);
    return workload;
  }
}

const keyOf = ({ target, process, generation }: Named): string =>
  `${target}/${process}@${generation}`;
