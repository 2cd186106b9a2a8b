import type { Rule } from "../datalog/ast.ts";
import type { BlockId } from "../datalog/origin.ts";
import { keyOf, type Value } from "../values/value.ts";

/** How a fact was derived the first time. Its premises were there before it, so derivations have no cycles. */
export interface Derivation {
  readonly rule: Rule;
  readonly block: BlockId;
  readonly premises: readonly TracedFact[];
}

/** A fact with its history. */
export interface TracedFact {
  /** In the order of discovery, from 0. */
  readonly id: number;
  readonly name: string;
  readonly terms: readonly Value[];
  /** The blocks it stems from, ascending; the authorizer first. */
  readonly origin: readonly BlockId[];
  /** Missing for facts that were given. */
  readonly derivation: Derivation | undefined;
}

export type NewFact = Omit<TracedFact, "id">;

/** Facts of one name and arity, with an index by the values of each column that was asked for. */
export class TracedRelation {
  readonly facts: TracedFact[] = [];
  /** Facts before it were there at the start of the last round. */
  settled = 0;
  /** Facts before it were there at the start of this round. */
  frontier = 0;
  readonly #columns = new Map<number, Map<string, TracedFact[]>>();

  add(fact: TracedFact): void {
    this.facts.push(fact);
    for (const [column, index] of this.#columns) file(index, column, fact);
  }

  /** The facts whose term number `column` is `value`, in order of discovery. */
  having(column: number, value: Value): readonly TracedFact[] {
    let index = this.#columns.get(column);
    if (index === undefined) {
      index = new Map();
      for (const fact of this.facts) file(index, column, fact);
      this.#columns.set(column, index);
    }
    return index.get(keyOf(value)) ?? [];
  }
}

function file(index: Map<string, TracedFact[]>, column: number, fact: TracedFact): void {
  const key = keyOf(fact.terms[column] ?? null);
  const facts = index.get(key);
  if (facts === undefined) index.set(key, [fact]);
  else facts.push(fact);
}

/** All facts of one traced evaluation. The same fact from other blocks is another fact. */
export class FactStore {
  readonly relations: Map<string, Map<number, TracedRelation>> = new Map();
  readonly all: TracedFact[] = [];
  readonly #known = new Set<string>();

  relation(name: string, arity: number): TracedRelation | undefined {
    return this.relations.get(name)?.get(arity);
  }

  /** False when it was there already. */
  add(fact: NewFact): boolean {
    const key = `${fact.origin.join(",")}/${fact.name.length}:${fact.name}/${fact.terms.map(keyOf).join("|")}`;
    if (this.#known.has(key)) return false;
    this.#known.add(key);
    const traced = { ...fact, id: this.all.length };
    this.all.push(traced);
    this.#relationOf(fact).add(traced);
    return true;
  }

  *each(): Iterable<TracedRelation> {
    for (const byArity of this.relations.values()) yield* byArity.values();
  }

  #relationOf({ name, terms }: NewFact): TracedRelation {
    let byArity = this.relations.get(name);
    if (byArity === undefined) this.relations.set(name, (byArity = new Map()));
    let relation = byArity.get(terms.length);
    if (relation === undefined) byArity.set(terms.length, (relation = new TracedRelation()));
    return relation;
  }
}
