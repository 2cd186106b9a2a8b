/**
 * Seeded randomness: the same seed gives the same cases on every machine (sfc32; Doty-Humphrey, PractRand). Not for
 * secrets.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `parts` together are the seed: a run's seed, the number of a case, the name of a suite. */
  constructor(...parts: readonly (number | string)[]) {
    let hash = 2_166_136_261;
    for (const character of parts.join("/")) {
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619);
    }
    this.#a = hash | 0;
    this.#b = Math.imul(hash, 0x9e37_79b9) | 0;
    this.#c = (hash >>> 3) | 0;
    // The first outputs of similar seeds resemble each other.
    for (let i = 0; i < 12; i++) this.uint32();
  }

  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return sum >>> 0;
  }

  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * limit);
  }

  /** An integer from `first` to `last`, both included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  chance(probability: number): boolean {
    return this.uint32() < probability * 2 ** 32;
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  pick<Item>(items: readonly Item[]): Item;
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  /** `least` to `most` results of `make`. */
  many<Item>(least: number, most: number, make: (i: number) => Item): Item[] {
    return Array.from({ length: this.between(least, most) }, (_, i) => make(i));
  }

  shuffle<Item>(items: readonly Item[]): Item[] {
    const keyed = items.map((item) => ({ item, at: this.uint32() }));
    return keyed.toSorted((x, y) => x.at - y.at).map(({ item }) => item);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}
