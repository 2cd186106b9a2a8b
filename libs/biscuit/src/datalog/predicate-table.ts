/** Predicates up to which a walk is cheaper than maps. */
const WALK_UP_TO = 16;

/** Numbers predicates. Those of different arity are different predicates, and no name can imitate another's arity. */
export class PredicateTable {
  readonly #entries: { readonly name: string; readonly arity: number }[] = [];
  /** Made when there are many: what strangers write must not cost the square of its length. */
  #byArity: (Map<string, number> | undefined)[] | undefined;

  /** In the order of their numbers. */
  get entries(): readonly { readonly name: string; readonly arity: number }[] {
    return this.#entries;
  }

  find(name: string, arity: number): number | undefined {
    const entries = this.#entries;
    if (entries.length > WALK_UP_TO) return this.#maps()[arity]?.get(name);
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i];
      if (entry !== undefined && entry.arity === arity && entry.name === name) return i;
    }
    return undefined;
  }

  /** Gives a new number to what has none. */
  add(name: string, arity: number): number {
    const known = this.find(name, arity);
    if (known !== undefined) return known;
    const id = this.#entries.push({ name, arity }) - 1;
    if (this.#byArity !== undefined) file(this.#byArity, name, arity, id);
    return id;
  }

  #maps(): (Map<string, number> | undefined)[] {
    if (this.#byArity !== undefined) return this.#byArity;
    const maps: (Map<string, number> | undefined)[] = [];
    for (const [id, { name, arity }] of this.#entries.entries()) file(maps, name, arity, id);
    return (this.#byArity = maps);
  }
}

function file(
  maps: (Map<string, number> | undefined)[],
  name: string,
  arity: number,
  id: number,
): void {
  (maps[arity] ??= new Map()).set(name, id);
}
