import { type Predicate, type Query, Variable } from "../datalog/ast.ts";
import type { Budget } from "../datalog/budget.ts";
import type { BlockId } from "../datalog/origin.ts";
import { sameValue, type Value } from "../values/value.ts";
import type { FactStore, TracedFact, TracedRelation } from "./fact-store.ts";

/** What variables stand for. */
export type Bindings = ReadonlyMap<string, Value>;

/** One way in which facts match the predicates of a body, or the first of them. */
export interface Match {
  readonly bindings: Bindings;
  readonly facts: readonly TracedFact[];
}

/** Which facts a predicate may use, by place in their relation: from `start` up to, not including, `end`. */
export type TraceWindow = (
  relation: TracedRelation,
  atom: number,
) => { readonly start: number; readonly end: number };

export const ALL_FACTS: TraceWindow = (relation) => ({ start: 0, end: relation.facts.length });

export interface SearchOptions {
  readonly store: FactStore;
  readonly trusted: ReadonlySet<BlockId>;
  readonly budget: Budget;
  readonly window?: TraceWindow;
  readonly initial?: Bindings;
  /** Called for each way in which the whole body matches; true ends the search. */
  readonly onMatch: (match: Match) => boolean;
  /** Called where no fact goes on from the first `match.facts.length` predicates. */
  readonly onDeadEnd?: (match: Match) => void;
}

/** Whether a query may use a fact: all its blocks are trusted. */
export const isVisible = (fact: TracedFact, trusted: ReadonlySet<BlockId>): boolean =>
  fact.origin.every((block) => trusted.has(block));

/** What `predicate`'s variables stand for when `fact` matches it under `bindings`; undefined when it does not. */
export function unify(
  predicate: Predicate,
  fact: TracedFact,
  bindings: Bindings,
): Bindings | undefined {
  let extended: Map<string, Value> | undefined;
  for (const [i, term] of predicate.terms.entries()) {
    const value = fact.terms[i] ?? null;
    if (!(term instanceof Variable)) {
      if (!sameValue(term, value)) return undefined;
      continue;
    }
    const known = (extended ?? bindings).get(term.name);
    if (known === undefined) (extended ??= new Map(bindings)).set(term.name, value);
    else if (!sameValue(known, value)) return undefined;
  }
  return extended ?? bindings;
}

/** The predicate with the values that its variables have. */
export function instantiate(predicate: Predicate, bindings: Bindings): Predicate {
  const terms = predicate.terms.map((term) =>
    term instanceof Variable ? (bindings.get(term.name) ?? term) : term,
  );
  return { name: predicate.name, terms };
}

/** The shortest list of facts that the known terms of a predicate leave. */
function candidates(
  relation: TracedRelation,
  predicate: Predicate,
  bindings: Bindings,
): readonly TracedFact[] {
  let best: readonly TracedFact[] = relation.facts;
  for (const [column, term] of predicate.terms.entries()) {
    const value = term instanceof Variable ? bindings.get(term.name) : term;
    if (value === undefined || best.length < 2) continue;
    const facts = relation.having(column, value);
    if (facts.length < best.length) best = facts;
  }
  return best;
}

/**
 * Looks for all ways in which facts match a body: predicates as they are written, facts in the order of discovery, as the
 * engine does it. True when `onMatch` ended it. Throws `too-many-steps`.
 */
export function search({ body }: Query, options: SearchOptions): boolean {
  const { store, trusted, budget, window = ALL_FACTS, onMatch, onDeadEnd } = options;
  // Without facts for every predicate nothing matches, but how far it goes is still of interest.
  const descend = (depth: number, bindings: Bindings, facts: readonly TracedFact[]): boolean => {
    budget.spend(1);
    const predicate = body[depth];
    if (predicate === undefined) return onMatch({ bindings, facts });
    let isDead = true;
    for (const fact of step(depth, predicate, bindings)) {
      const next = unify(predicate, fact, bindings);
      if (next === undefined) continue;
      isDead = false;
      if (descend(depth + 1, next, [...facts, fact])) return true;
    }
    if (isDead) onDeadEnd?.({ bindings, facts });
    return false;
  };
  function* step(depth: number, predicate: Predicate, bindings: Bindings): Iterable<TracedFact> {
    const relation = store.relation(predicate.name, predicate.terms.length);
    if (relation === undefined) return;
    const { start, end } = window(relation, depth);
    const [first, last] = [relation.facts[start], relation.facts[end - 1]];
    if (first === undefined || last === undefined) return;
    for (const fact of candidates(relation, predicate, bindings)) {
      budget.spend(1);
      if (fact.id > last.id) return;
      if (fact.id >= first.id && isVisible(fact, trusted)) yield fact;
    }
  }
  return descend(0, options.initial ?? new Map(), []);
}
