import { LoadTree } from "./load-tree.ts";
import { NODE_FACTS, type PlacementNode } from "./node.ts";
import type { Needs } from "./resources.ts";
import type { Refusal } from "./refusal.ts";
import { byOrder, type Slot } from "./slot.ts";
import { stableHash } from "./stable-hash.ts";

/** Which labels tell nodes apart: those that some workload asks for, or all when a policy reads labels. */
export type UsedLabels = ReadonlySet<string> | "all";

/** Equal for nodes that no workload can tell apart but by their room and what runs there. */
export function classKeyOf({ facts, labels }: PlacementNode, used: UsedLabels): string {
  const told = Object.entries(labels)
    .filter(([key]) => used === "all" || used.has(key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([NODE_FACTS.map((name) => facts[name] ?? []), told]);
}

/** Nodes with the same facts and labels: what depends on those only is found out once for all of them. */
export class NodeClass {
  readonly key: string;
  /** Where it comes among classes that are equal in all else. */
  readonly order: number;
  readonly slots: readonly Slot[];
  /** Any of the nodes. */
  readonly example: PlacementNode;
  /** Why its nodes may not run what has certain requirements, by their key; as far as that was asked. */
  readonly refusals: Map<string, readonly Refusal[]> = new Map();
  readonly #tree: LoadTree;
  readonly #places: ReadonlyMap<Slot, number>;

  /** At least one slot. */
  constructor(key: string, example: PlacementNode, slots: readonly Slot[]) {
    this.key = key;
    this.order = stableHash(key);
    this.example = example;
    this.slots = slots.toSorted(byOrder);
    this.#tree = new LoadTree(this.slots.length);
    this.#places = new Map(this.slots.map((slot, place) => [slot, place]));
    for (const slot of this.slots) this.update(slot);
  }

  /** The least load of its nodes that take instances. */
  get least(): number {
    return this.#tree.least;
  }

  /** To be called when what a slot holds has changed. */
  update(slot: Slot): void {
    const place = this.#places.get(slot);
    if (place !== undefined) this.#tree.set(place, slot.leaf());
  }

  /** The least loaded slot that has room and is accepted, and is less loaded than `below`. */
  lightest(needs: Needs, below: number, accepts: (slot: Slot) => boolean): Slot | undefined {
    const at = this.#tree.lightest(needs, below, (place) => {
      const slot = this.slots[place];
      return slot !== undefined && accepts(slot);
    });
    return at && this.slots[at.place];
  }
}
