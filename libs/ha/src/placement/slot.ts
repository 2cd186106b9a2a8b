import type { Leaf } from "./load-tree.ts";
import type { PlacementNode } from "./node.ts";
import { stableHash } from "./stable-hash.ts";
import { fullness, minus, type Needs, NO_ROOM, plus, type Room, roomFor } from "./resources.ts";

/** A node with what is placed on it. */
export class Slot {
  #node: PlacementNode;
  #used: Room = NO_ROOM;
  #free: Room = NO_ROOM;
  #load = 0;
  /** Where it comes among slots that are equal in all else. */
  readonly order: number;

  constructor(node: PlacementNode) {
    this.#node = node;
    this.order = stableHash(node.name);
    this.#weigh();
  }

  get node(): PlacementNode {
    return this.#node;
  }

  get used(): Room {
    return this.#used;
  }

  /** From 0 (empty) to 1 (full), and more where a node shrank below what it runs. */
  get load(): number {
    return this.#load;
  }

  get free(): Room {
    return this.#free;
  }

  /** Whether it may be given instances at all. */
  get isOpen(): boolean {
    return this.#node.state === "ready" || this.#node.state === "silent";
  }

  /** The same node, of which something else is known now. */
  become(node: PlacementNode): void {
    this.#node = node;
    this.#weigh();
  }

  /** So many instances more, or fewer where negative. */
  add(needs: Needs, instances: number): void {
    this.#used = plus(this.#used, roomFor(needs, instances));
    this.#weigh();
  }

  leaf(): Leaf {
    const { cpuMillis, memoryMb, instances } = this.free;
    const isClosed = !this.isOpen || instances < 1;
    return { cpuMillis, memoryMb, load: isClosed ? Infinity : this.load };
  }

  #weigh(): void {
    this.#free = minus(this.#node.capacity, this.#used);
    this.#load = fullness(this.#used, this.#node.capacity);
  }
}

/** An order that has nothing to do with how nodes are given, and never changes. */
export const byOrder = (a: Slot, b: Slot): number =>
  a.order - b.order || (a.node.name < b.node.name ? -1 : 1);
