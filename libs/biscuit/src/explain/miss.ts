import {
  type Expression,
  type Predicate,
  type Query,
  type Rule,
  Variable,
} from "../datalog/ast.ts";
import type { BlockId } from "../datalog/origin.ts";
import { nearNames } from "../syntax/near-name.ts";
import { sameValue, type Value } from "../values/value.ts";
import { firstFalse, type PartValues, reasonsOf } from "./expression-values.ts";
import type { TracedFact } from "./fact-store.ts";
import { type Bindings, instantiate, isVisible, type Match, search, unify } from "./search.ts";
import type { Section, TraceWorld } from "./trace-world.ts";

/** Facts that all predicates of a body matched, and the expression that they make false. */
export interface FalseMatch {
  readonly match: Match;
  readonly expression: Expression;
  readonly reasons: readonly PartValues[];
}

/** A fact that has another value than the one wanted in some terms. */
export interface SimilarFact {
  readonly fact: TracedFact;
  /** Numbers of the terms that differ, from 0. */
  readonly differing: readonly number[];
}

/** What a query came closest to. */
export type Miss =
  | {
      readonly kind: "no-fact";
      /** The first predicate that no fact matched, with the values that its variables had by then. */
      readonly wanted: Predicate;
      /** The facts of the predicates before it. */
      readonly after: readonly TracedFact[];
      /** Facts that match, but stem from blocks that the query does not trust. */
      readonly hidden: readonly TracedFact[];
      /** Whether the query may use any fact of that name and arity. */
      readonly hasOthers: boolean;
      readonly similar: readonly SimilarFact[];
      /** `name/arity` of predicates that it may be a slip for. */
      readonly names: readonly string[];
      /** Rules that would give such a fact. */
      readonly rules: readonly RuleMiss[];
    }
  | {
      readonly kind: "false";
      readonly examples: readonly FalseMatch[];
      /** Of all combinations that the predicates matched. */
      readonly count: number;
    };

export interface RuleMiss {
  readonly rule: Rule;
  readonly section: Section;
  readonly miss: Miss;
}

/** How much of a miss is told: more would not be read. */
const MOST = { deadEnds: 8, hidden: 3, similar: 2, rules: 2, examples: 3, levels: 4, walk: 500 };

/** Collects what a search meets on its way to nothing. */
export class NearMisses {
  readonly #world: TraceWorld;
  readonly #examples: FalseMatch[] = [];
  #count = 0;
  #deadEnds: Match[] = [];

  constructor(world: TraceWorld) {
    this.#world = world;
  }

  /** A combination that matched the predicates, but not the expression. */
  addFalse(match: Match, expression: Expression): void {
    this.#count++;
    if (this.#examples.length >= MOST.examples) return;
    const reasons = reasonsOf(expression, match.bindings, this.#world.run);
    this.#examples.push({ match, expression, reasons });
  }

  /** The first predicates matched, the next one did not. Only the longest are of interest. */
  addDeadEnd(match: Match): void {
    const longest = this.#deadEnds[0]?.facts.length ?? -1;
    if (match.facts.length > longest) this.#deadEnds = [match];
    else if (match.facts.length === longest && this.#deadEnds.length < MOST.deadEnds) {
      this.#deadEnds.push(match);
    }
  }

  /** Undefined when the search met nothing, as when it was not made. */
  miss(query: Query, trusted: ReadonlySet<BlockId>, above: readonly Rule[] = []): Miss | undefined {
    if (this.#count > 0) return { kind: "false", examples: this.#examples, count: this.#count };
    const misses = this.#deadEnds.flatMap(
      (end) => noFact(this.#world, query, end, trusted, above) ?? [],
    );
    return misses.toSorted((a, b) => closeness(b) - closeness(a))[0];
  }
}

/** A hidden fact tells most, then one that differs in a single term. */
function closeness(miss: Miss): number {
  if (miss.kind === "false") return 3;
  if (miss.hidden.length > 0) return 2;
  return miss.similar.some(({ differing }) => differing.length === 1) ? 1 : 0;
}

function noFact(
  world: TraceWorld,
  query: Query,
  end: Match,
  trusted: ReadonlySet<BlockId>,
  above: readonly Rule[],
): Miss | undefined {
  const predicate = query.body[end.facts.length];
  if (predicate === undefined) return undefined;
  const wanted = instantiate(predicate, end.bindings);
  return {
    kind: "no-fact",
    wanted,
    after: end.facts,
    hidden: hiddenFacts(world, wanted, trusted),
    hasOthers: factsOf(world, wanted).some((fact) => isVisible(fact, trusted)),
    similar: similarFacts(world, wanted, trusted),
    names: similarNames(world, wanted),
    rules: above.length < MOST.levels ? rulesFor(world, wanted, trusted, above) : [],
  };
}

const NOTHING: Bindings = new Map();

function factsOf(world: TraceWorld, { name, terms }: Predicate): readonly TracedFact[] {
  const facts = world.store.relation(name, terms.length)?.facts ?? [];
  world.run.budget.spend(Math.min(facts.length, MOST.walk));
  return facts.slice(0, MOST.walk);
}

function hiddenFacts(
  world: TraceWorld,
  wanted: Predicate,
  trusted: ReadonlySet<BlockId>,
): TracedFact[] {
  return factsOf(world, wanted)
    .filter((fact) => !isVisible(fact, trusted) && unify(wanted, fact, NOTHING) !== undefined)
    .slice(0, MOST.hidden);
}

function differences(wanted: Predicate, fact: TracedFact): number[] {
  return wanted.terms.flatMap((term, i) =>
    term instanceof Variable || sameValue(term, fact.terms[i]) ? [] : [i],
  );
}

/** Visible facts that differ in the fewest terms. */
function similarFacts(
  world: TraceWorld,
  wanted: Predicate,
  trusted: ReadonlySet<BlockId>,
): SimilarFact[] {
  return factsOf(world, wanted)
    .filter((fact) => isVisible(fact, trusted))
    .map((fact) => ({ fact, differing: differences(wanted, fact) }))
    .filter(({ differing }) => differing.length > 0)
    .toSorted((a, b) => a.differing.length - b.differing.length)
    .slice(0, MOST.similar);
}

/** Of facts that are there and of facts that rules could give. */
function knownNames(world: TraceWorld): Map<string, Set<number>> {
  const names = new Map<string, Set<number>>();
  const note = (name: string, arity: number): void => {
    names.set(name, (names.get(name) ?? new Set()).add(arity));
  };
  for (const [name, byArity] of world.store.relations) {
    for (const arity of byArity.keys()) note(name, arity);
  }
  for (const { content } of world.sections) {
    for (const { head } of content.rules) note(head.name, head.terms.length);
  }
  return names;
}

function similarNames(world: TraceWorld, { name, terms }: Predicate): string[] {
  const names = knownNames(world);
  const own = names.get(name) ?? new Set();
  if (own.has(terms.length)) return [];
  const near = nearNames(name, names.keys()).slice(0, 3);
  return [
    ...Array.from(own, (arity) => `${name}/${arity}`),
    ...near.flatMap((each) => Array.from(names.get(each) ?? [], (arity) => `${each}/${arity}`)),
  ];
}

/** What a rule's variables must stand for so that its head is the fact that is wanted; undefined when it cannot be. */
function bindHead(head: Predicate, wanted: Predicate): Bindings | undefined {
  if (head.name !== wanted.name || head.terms.length !== wanted.terms.length) return undefined;
  const bindings = new Map<string, Value>();
  for (const [i, term] of head.terms.entries()) {
    const value = wanted.terms[i] ?? null;
    if (value instanceof Variable) continue;
    const known = term instanceof Variable ? bindings.get(term.name) : term;
    if (known !== undefined && !sameValue(known, value)) return undefined;
    if (term instanceof Variable) bindings.set(term.name, value);
  }
  return bindings;
}

/** Rules whose facts the query would see and that could give the one it wants, each with its own miss. */
function rulesFor(
  world: TraceWorld,
  wanted: Predicate,
  trusted: ReadonlySet<BlockId>,
  above: readonly Rule[],
): RuleMiss[] {
  const found: RuleMiss[] = [];
  for (const section of world.sections.filter(({ id }) => trusted.has(id))) {
    for (const rule of section.content.rules) {
      const initial = bindHead(rule.head, wanted);
      if (found.length >= MOST.rules || initial === undefined || above.includes(rule)) continue;
      const miss = missOfRule(world, rule, section, initial, above);
      if (miss !== undefined) found.push({ rule, section, miss });
    }
  }
  return found;
}

function missOfRule(
  world: TraceWorld,
  rule: Rule,
  section: Section,
  initial: Bindings,
  above: readonly Rule[],
): Miss | undefined {
  const near = new NearMisses(world);
  const trusted = world.trustOf(rule, section);
  const { budget } = world.run;
  const applies = search(rule, {
    store: world.store,
    trusted,
    budget,
    initial,
    onMatch(match) {
      const expression = firstFalse(rule, match, world.run);
      if (expression === undefined) return true;
      near.addFalse(match, expression);
      return false;
    },
    onDeadEnd: (match) => near.addDeadEnd(match),
  });
  // It applies, but what it gives is hidden: that is told as a hidden fact.
  return applies ? undefined : near.miss(rule, trusted, [...above, rule]);
}
