import { BiscuitError } from "../errors/biscuit-error.ts";
import type { RunLimits } from "../limits.ts";
import { comparedLength, type Value } from "../values/value.ts";
import type { CompiledQuery, CompiledRule, Template } from "./compile.ts";
import type { Frame } from "./compile-expression.ts";
import type { OriginId, OriginTable, Trusted } from "./origin.ts";
import { Relation } from "./relation.ts";
import type { RunContext } from "./run-context.ts";
import { instantiate, type OnMatch, type Place, satisfies, Search } from "./search.ts";

/** A rule with the block it stands in and the blocks it trusts. */
export interface PlacedRule {
  readonly rule: CompiledRule;
  readonly place: Place;
  readonly trusted: Trusted;
}

/** What a world begins with. */
export interface Beginning {
  /** By number; they are shared, so that the world copies those that it adds to. */
  readonly relations: readonly Relation[];
  readonly factCount: number;
  readonly origins: OriginTable;
  /** The values that the frame of the authorizer's queries begins with. */
  readonly parameters: readonly Value[];
}

/** A fact that is kept is hashed, whole. */
const STEPS_OF_A_FACT = 20;
const CHARACTERS_PER_STEP = 16;

function stepsToKeep(terms: readonly Value[]): number {
  let steps = STEPS_OF_A_FACT;
  for (const term of terms) steps += comparedLength(term) / CHARACTERS_PER_STEP;
  return steps;
}

/**
 * Facts and what follows from them. Rules are applied in rounds until nothing new appears, each to combinations with at
 * least one fact of the round before, so that no combination is tried twice.
 */
export class World {
  readonly origins: OriginTable;
  readonly run: RunContext;
  readonly #relations: Relation[];
  readonly #settled: number[] = [];
  readonly #frontier: number[] = [];
  readonly #search: Search;
  readonly #limits: RunLimits;
  #factCount: number;
  #iterations = 0;

  constructor(beginning: Beginning, run: RunContext, limits: RunLimits) {
    this.origins = beginning.origins;
    this.run = run;
    this.#relations = beginning.relations.slice();
    this.#factCount = beginning.factCount;
    this.#limits = limits;
    const windows = { settled: this.#settled, frontier: this.#frontier };
    const world = { relations: this.#relations, origins: this.origins };
    this.#search = new Search(world, windows, run, beginning.parameters);
    run.budget.spend(beginning.factCount);
  }

  /** By number. They are the world's own: nobody else may add to them. */
  get relations(): readonly Relation[] {
    return this.#relations;
  }

  /** Facts, given and derived. */
  get factCount(): number {
    return this.#factCount;
  }

  /** Rounds that brought something new. */
  get iterations(): number {
    return this.#iterations;
  }

  /** Adds a fact to the relation with this number. */
  addFact(relation: number, terms: readonly Value[], origin: OriginId): void {
    this.run.budget.spend(stepsToKeep(terms));
    let rows = this.#relations[relation];
    if (rows === undefined || rows.isShared) {
      rows = rows?.fork() ?? new Relation();
      this.#relations[relation] = rows;
    }
    if (rows.add(terms, origin)) this.#factCount++;
  }

  /** Adds a fact of the authorizer's whose terms may be parameters. */
  addTemplate(template: Template, place: Place): void {
    const relation = place.relations[template.predicate] ?? -1;
    this.addFact(relation, instantiate(template, this.#search.parameters), place.origin);
  }

  /** Applies the rules until nothing new follows. Throws `too-many-facts`, `too-many-iterations`, `too-many-steps`. */
  derive(rules: readonly PlacedRule[]): void {
    if (rules.length === 0) return;
    for (const _ of this.#relations) this.#settled.push(0);
    for (let isFirst = true; ; isFirst = false) {
      this.#openRound();
      const before = this.#factCount;
      for (const placed of rules) this.#apply(placed, isFirst);
      for (let i = 0; i < this.#settled.length; i++) this.#settled[i] = this.#frontier[i] ?? 0;
      if (this.#factCount === before) return;
      this.#checkLimits();
    }
  }

  /** Whether any combination of trusted facts satisfies `query`. */
  matches(query: CompiledQuery, place: Place, trusted: Trusted): boolean {
    return this.#search.search(query, place, trusted, (frame) => satisfies(query, frame, this.run));
  }

  /** Whether combinations match the predicates, and all of them satisfy the expressions. */
  matchesAll(query: CompiledQuery, place: Place, trusted: Trusted): boolean {
    let found = false;
    const failed = this.#search.search(query, place, trusted, (frame) => {
      found = true;
      return !satisfies(query, frame, this.run);
    });
    return found && !failed;
  }

  /** The facts that a rule gives, without adding them. In order of discovery, without duplicates of one origin. */
  query(rule: CompiledRule, place: Place, trusted: Trusted): readonly (readonly Value[])[] {
    const results = new Relation();
    this.#search.search(rule, place, trusted, (frame, origin) => {
      if (satisfies(rule, frame, this.run)) results.add(instantiate(rule.head, frame), origin);
      return false;
    });
    return results.rows.map((row) => row.terms);
  }

  #openRound(): void {
    for (let i = 0; i < this.#settled.length; i++)
      this.#frontier[i] = this.#relations[i]?.rows.length ?? 0;
  }

  /** Adds what one rule gives in this round. Rows beyond the frontier are not seen before the next one. */
  #apply({ rule, place, trusted }: PlacedRule, isFirst: boolean): void {
    const head = place.relations[rule.head.predicate] ?? -1;
    const onMatch: OnMatch = (frame: Frame, origin: OriginId) => {
      if (satisfies(rule, frame, this.run))
        this.addFact(head, instantiate(rule.head, frame), origin);
      return false;
    };
    // A body without predicates matches once, in the first round; in it, all facts are new to the first predicate.
    const passes = isFirst ? 1 : rule.atoms.length;
    for (let fresh = 0; fresh < passes; fresh++)
      this.#search.search(rule, place, trusted, onMatch, fresh);
  }

  #checkLimits(): void {
    this.#iterations++;
    const { maxFacts, maxIterations } = this.#limits;
    if (this.#iterations >= maxIterations) {
      throw new BiscuitError(
        "too-many-iterations",
        `rules still bring new facts after ${maxIterations} rounds`,
      );
    }
    if (this.#factCount >= maxFacts) {
      throw new BiscuitError("too-many-facts", `rules bring more than ${maxFacts} facts`);
    }
  }
}
