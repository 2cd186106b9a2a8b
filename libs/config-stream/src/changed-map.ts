/** A value that a key gets; undefined takes the key away. */
export type Changes<Value> = ReadonlyMap<string, { readonly value: Value } | undefined>;

/**
 * A map as it will be once some changes are made to it, without a copy of what stays the same. It is a view: it says
 * what was meant only until the map below it changes.
 */
export class ChangedMap<Value> implements ReadonlyMap<string, Value> {
  readonly #base: ReadonlyMap<string, Value>;
  readonly #changes: Changes<Value>;

  constructor(base: ReadonlyMap<string, Value>, changes: Changes<Value>) {
    this.#base = base;
    this.#changes = changes;
  }

  get size(): number {
    let size = this.#base.size;
    for (const [key, change] of this.#changes)
      size += (change === undefined ? 0 : 1) - (this.#base.has(key) ? 1 : 0);
    return size;
  }

  get(key: string): Value | undefined {
    return this.#changes.has(key) ? this.#changes.get(key)?.value : this.#base.get(key);
  }

  has(key: string): boolean {
    return this.#changes.has(key) ? this.#changes.get(key) !== undefined : this.#base.has(key);
  }

  *entries(): MapIterator<[string, Value]> {
    for (const entry of this.#base) if (!this.#changes.has(entry[0])) yield entry;
    for (const [key, change] of this.#changes) if (change) yield [key, change.value];
  }

  *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<Value> {
    for (const [, value] of this.entries()) yield value;
  }

  forEach(call: (value: Value, key: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [key, value] of this.entries()) call(value, key, this);
  }

  [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.entries();
  }
}

/** Makes the changes to the map itself. */
export function applyChanges<Value>(map: Map<string, Value>, changes: Changes<Value>): void {
  for (const [key, to] of changes)
    if (to) map.set(key, to.value);
    else map.delete(key);
}
