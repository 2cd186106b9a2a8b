import { Injectable } from "@nestjs/common";
import type { ObservedInstance } from "@bastide/contracts";
import { isDeepStrictEqual } from "node:util";
import { keyOf, type TargetKey } from "../targets/target.ts";
import type { InstanceRow } from "./instance.row.ts";
import { NodeConditions } from "./node-conditions.ts";

/** What is remembered of each instance that is not removed. */
export interface KnownInstance {
  readonly id: string;
  readonly node: string;
  readonly process: string;
  /** Absent for those of bricks. */
  readonly target?: TargetKey;
  readonly service?: string;
  readonly generation?: string;
  readonly release?: string;
  readonly observed?: ObservedInstance;
  /** False while `observed` is what was recorded before our start: true once, and old. */
  readonly isReported: boolean;
  /** Since when its node could have told us of it. */
  readonly knownSinceMs: number;
}

/** What a report changed. */
export interface Observation {
  readonly changed: readonly ObservedInstance[];
  readonly targets: ReadonlySet<TargetKey>;
  readonly services: ReadonlySet<string>;
}

/**
 * What every instance was last seen doing, in memory: a report is matched and acted upon without a query. The rows in
 * the database are the truth of which instances there are, this follows them.
 */
@Injectable()
export class InstanceRegistry {
  /** How the machines are that the instances run on. */
  readonly nodes = new NodeConditions();
  readonly #instances = new Map<string, KnownInstance>();
  readonly #listeners = new Set<(instance: KnownInstance) => void>();
  readonly #removed = new Set<(instance: KnownInstance) => void>();

  add(rows: readonly InstanceRow[]): void {
    for (const row of rows) {
      const known = knownOf(row);
      this.#instances.set(row.id, known);
      for (const listener of this.#listeners) listener(known);
    }
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) {
      const known = this.#instances.get(id);
      this.#instances.delete(id);
      if (known) for (const listener of this.#removed) listener(known);
    }
  }

  get(id: string): KnownInstance | undefined {
    return this.#instances.get(id);
  }

  all(): Iterable<KnownInstance> {
    return this.#instances.values();
  }

  ofTarget(key: TargetKey): KnownInstance[] {
    return [...this.#instances.values()].filter(({ target }) => target === key);
  }

  targets(): TargetKey[] {
    return [...this.#instances.values()].flatMap(({ target }) => target ?? []);
  }

  ofGeneration(generation: string): KnownInstance[] {
    return [...this.#instances.values()].filter((known) => known.generation === generation);
  }

  ofService(service: string): KnownInstance[] {
    return [...this.#instances.values()].filter((known) => known.service === service);
  }

  ofNode(node: string): KnownInstance[] {
    return [...this.#instances.values()].filter((known) => known.node === node);
  }

  countOf(node: string): number {
    return this.ofNode(node).length;
  }

  /** Called for each instance that is added; returns how to stop that. */
  onAdded(listener: (instance: KnownInstance) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The same for each that is removed. */
  onRemoved(listener: (instance: KnownInstance) => void): () => void {
    this.#removed.add(listener);
    return () => this.#removed.delete(listener);
  }

  /** What `node` has not seen of those that it should have: it lost them, or has not begun with them. */
  unseen(node: string, observations: readonly ObservedInstance[]): ObservedInstance[] {
    const seen = new Set(observations.map(({ id }) => id));
    return [...this.#instances.values()]
      .filter((known) => known.node === node && known.observed && !seen.has(known.id))
      .map(({ id }) => ({ id, phase: "preparing", restarts: 0, promises: [] }));
  }

  /** Takes what `node` saw; of instances that are unknown or another node's, nothing. */
  observe(node: string, observations: readonly ObservedInstance[]): Observation {
    const changed: ObservedInstance[] = [];
    const targets = new Set<TargetKey>();
    const services = new Set<string>();
    for (const observed of observations) {
      const known = this.#instances.get(observed.id);
      if (known?.node !== node) continue;
      this.#instances.set(known.id, { ...known, observed, isReported: true });
      if (known.isReported && !isNews(known.observed, observed)) continue;
      changed.push(observed);
      if (known.target) targets.add(known.target);
      if (known.service !== undefined) services.add(known.service);
    }
    return { changed, targets, services };
  }
}

/** Memory in use changes all the time and decides nothing. */
function isNews(before: ObservedInstance | undefined, now: ObservedInstance): boolean {
  const { memoryBytes: _before, ...held } = before ?? {};
  const { memoryBytes: _now, ...seen } = now;
  return !isDeepStrictEqual(held, seen);
}

const knownOf = (row: InstanceRow): KnownInstance => ({
  id: row.id,
  isReported: false,
  knownSinceMs: Date.now(),
  node: row.node,
  process: row.process,
  ...(row.appId !== null && row.environmentId !== null
    ? { target: keyOf({ appId: row.appId, environmentId: row.environmentId }) }
    : {}),
  ...(row.service === null ? {} : { service: row.service }),
  ...(row.generation === null ? {} : { generation: row.generation }),
  ...(row.releaseId === null ? {} : { release: row.releaseId }),
  ...(row.observed === null ? {} : { observed: row.observed }),
});
