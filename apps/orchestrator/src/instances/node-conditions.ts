/**
 * How the node of an instance is. leaving: it is being drained; suspected: silent for a moment; lost: given up until it
 * reports again, so that what was last seen of its instances says nothing.
 */
export type NodeCondition = "well" | "leaving" | "suspected" | "lost";

/** Where a node takes connections from other machines to its instances. */
export interface NodeDoor {
  readonly node: string;
  readonly host: string;
  readonly port: number;
}

/** How each node is and where its door is, for those who decide about instances. */
export class NodeConditions {
  readonly #conditions = new Map<string, NodeCondition>();
  readonly #doors = new Map<string, NodeDoor>();

  /** Undefined where there is one machine: its instances are reached by their own addresses. */
  doorOf(node: string): NodeDoor | undefined {
    return this.#doors.get(node);
  }

  setDoor(node: string, door: NodeDoor | undefined): void {
    if (door) this.#doors.set(node, door);
    else this.#doors.delete(node);
  }

  of(node: string): NodeCondition {
    return this.#conditions.get(node) ?? "well";
  }

  /** Answers whether that was news. */
  set(node: string, condition: NodeCondition): boolean {
    const isNews = this.of(node) !== condition;
    this.#conditions.set(node, condition);
    return isNews;
  }

  forget(node: string): void {
    this.#conditions.delete(node);
    this.#doors.delete(node);
  }
}
