/** Names up to which a walk is cheaper than a map, which costs more to make than most queries have names. */
const WALK_UP_TO = 16;

/** Names in a row, each known by where it stands. */
export class NameList {
  readonly #names: string[];
  /** Made when there are many: what strangers write must not cost the square of its length. */
  #index: Map<string, number> | undefined;

  constructor(names: readonly string[] = []) {
    this.#names = names.slice();
  }

  get size(): number {
    return this.#names.length;
  }

  /** Where a name stands; -1 when it does not. */
  find(name: string): number {
    const names = this.#names;
    if (names.length > WALK_UP_TO) return this.#indexed().get(name) ?? -1;
    for (let i = 0; i < names.length; i++) if (names[i] === name) return i;
    return -1;
  }

  /** Puts a name that is not in the list at its end. */
  push(name: string): number {
    this.#index?.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  /** These names and one more; where it is among them already, the later place counts. */
  with(name: string): NameList {
    const list = new NameList(this.#names);
    const at = list.find(name);
    if (at >= 0) list.#names[at] = "";
    list.push(name);
    return list;
  }

  #indexed(): Map<string, number> {
    return (this.#index ??= new Map(this.#names.map((name, i) => [name, i])));
  }
}
