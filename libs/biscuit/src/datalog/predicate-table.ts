/** Numbers predicates. Those of different arity are different predicates, and no name can imitate another's arity. */
export class PredicateTable {
  readonly #byArity: (Map<string, number> | undefined)[] = [];
  readonly #entries: { readonly name: string; readonly arity: number }[] = [];

  /** In the order of their numbers. */
  get entries(): readonly { readonly name: string; readonly arity: number }[] {
    return this.#entries;
  }

  find(name: string, arity: number): number | undefined {
    return this.#byArity[arity]?.get(name);
  }

  /** Gives a new number to what has none. */
  add(name: string, arity: number): number {
    const names = (this.#byArity[arity] ??= new Map());
    const known = names.get(name);
    if (known !== undefined) return known;
    const id = this.#entries.push({ name, arity }) - 1;
    names.set(name, id);
    return id;
  }
}
