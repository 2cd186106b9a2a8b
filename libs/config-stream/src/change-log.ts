import { isDeepStrictEqual } from "node:util";
import type { StreamChange } from "@bastide/contracts";

export type Json = Extract<StreamChange, { value: unknown }>["value"];

/** A key's present state: a value, or the tombstone of one. */
type Slot = { readonly value: Json } | { readonly tombstone: true };

const SLACK = 1024;

/**
 * Present state by key, and in which order keys changed last. Any reader can ask "what changed after n", however
 * far behind it is: each key is answered once, with its present state, so a reader skips what was overwritten.
 */
export class ChangeLog {
  readonly #slots = new Map<string, Slot & { readonly sequence: number }>();
  #order: { readonly sequence: number; readonly key: string }[] = [];
  #sequence = 0;

  get sequence(): number {
    return this.#sequence;
  }

  values(): ReadonlyMap<string, Json> {
    const values = new Map<string, Json>();
    for (const [key, slot] of this.#slots) if ("value" in slot) values.set(key, slot.value);
    return values;
  }

  has(key: string): boolean {
    return this.#slots.has(key);
  }

  /** All changes get one sequence number; those that change nothing are dropped. */
  apply(changes: readonly StreamChange[]): void {
    const real = changes.filter((change) => this.#changes(change));
    if (real.length === 0) return;
    this.#sequence += 1;
    for (const { key, ...slot } of real) {
      this.#slots.set(key, { ...slot, sequence: this.#sequence });
      this.#order.push({ sequence: this.#sequence, key });
    }
    if (this.#order.length > 2 * this.#slots.size + SLACK) this.#compact();
  }

  /** What changed after sequence number `after`, oldest first, each key once. */
  since(after: number): StreamChange[] {
    const changes: StreamChange[] = [];
    for (let i = this.#firstAfter(after); i < this.#order.length; i++) {
      const entry = this.#order[i];
      const slot = entry && this.#slots.get(entry.key);
      if (!entry || slot?.sequence !== entry.sequence) continue;
      const { sequence: _, ...state } = slot;
      changes.push({ key: entry.key, ...state });
    }
    return changes;
  }

  /** Forgets tombstones; values are never forgotten. */
  forget(keys: readonly string[]): void {
    for (const key of keys) {
      const slot = this.#slots.get(key);
      if (slot && "tombstone" in slot) this.#slots.delete(key);
    }
  }

  #changes(change: StreamChange): boolean {
    const slot = this.#slots.get(change.key);
    if ("tombstone" in change) return slot === undefined || "value" in slot;
    return slot === undefined || !("value" in slot) || !isDeepStrictEqual(slot.value, change.value);
  }

  /** Index of the first entry younger than `after` (binary search: the order is sorted by sequence). */
  #firstAfter(after: number): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle]?.sequence ?? 0) <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compact(): void {
    this.#order = this.#order.filter(
      ({ key, sequence }) => this.#slots.get(key)?.sequence === sequence,
    );
  }
}
