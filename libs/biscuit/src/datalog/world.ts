import { BiscuitError } from "../errors/biscuit-error.ts";
import type { RunLimits } from "../limits.ts";
import type { Value } from "../values/value.ts";
import type { CompiledQuery, CompiledRule, HeadTerm } from "./compile.ts";
import type { Frame } from "./compile-expression.ts";
import { Matcher, satisfies, type Window } from "./match.ts";
import { type BlockId, type OriginId, OriginTable, Trusted } from "./origin.ts";
import { Relation } from "./relation.ts";
import type { RunContext } from "./run-context.ts";

/** A rule with the block it stands in and the blocks it trusts. */
export interface PlacedRule {
  readonly rule: CompiledRule;
  readonly block: BlockId;
  readonly trusted: Trusted;
}

interface Derived {
  readonly relation: string;
  readonly terms: readonly Value[];
  readonly origin: OriginId;
}

const EVERYTHING: Window = (relation) => ({ start: 0, end: relation.rows.length });

/**
 * Facts and what follows from them. Rules are applied in rounds until nothing new appears, each to combinations with at
 * least one fact of the round before, so that no combination is tried twice.
 */
export class World {
  readonly relations: Map<string, Relation> = new Map();
  readonly origins: OriginTable = new OriginTable();
  readonly rules: PlacedRule[] = [];
  readonly run: RunContext;
  readonly #limits: RunLimits;
  #factCount = 0;
  #iterations = 0;

  constructor(run: RunContext, limits: RunLimits) {
    this.run = run;
    this.#limits = limits;
  }

  /** Facts, given and derived. */
  get factCount(): number {
    return this.#factCount;
  }

  /** Rounds that brought something new. */
  get iterations(): number {
    return this.#iterations;
  }

  trusting(blocks: Iterable<BlockId>): Trusted {
    return new Trusted(blocks, this.origins);
  }

  /** Adds a fact of a block. */
  addFact(relation: string, terms: readonly Value[], block: BlockId): void {
    this.#insert({ relation, terms, origin: this.origins.of(block) });
  }

  addRule(rule: PlacedRule): void {
    this.rules.push(rule);
  }

  /** Applies the rules until nothing new follows. Throws `too-many-facts`, `too-many-iterations`, `too-many-steps`. */
  derive(): void {
    for (let isFirst = true; ; isFirst = false) {
      for (const relation of this.relations.values()) relation.frontier = relation.rows.length;
      const derived = this.rules.flatMap((placed) => this.#apply(placed, isFirst));
      for (const relation of this.relations.values()) relation.settled = relation.frontier;
      const before = this.#factCount;
      for (const fact of derived) this.#insert(fact);
      if (this.#factCount === before) return;
      this.#checkLimits();
    }
  }

  /** Whether any combination of trusted facts satisfies `query`. */
  matches(query: CompiledQuery, block: BlockId, trusted: Trusted): boolean {
    return this.#search(query, block, trusted, (frame) => satisfies(query, frame, this.run));
  }

  /** Whether combinations match the predicates, and all of them satisfy the expressions. */
  matchesAll(query: CompiledQuery, block: BlockId, trusted: Trusted): boolean {
    let found = false;
    const failed = this.#search(query, block, trusted, (frame) => {
      found = true;
      return !satisfies(query, frame, this.run);
    });
    return found && !failed;
  }

  /** The facts that a rule gives, without adding them. In order of discovery, without duplicates of one origin. */
  query(rule: CompiledRule, block: BlockId, trusted: Trusted): readonly (readonly Value[])[] {
    const results = new Relation();
    this.#search(rule, block, trusted, (frame, origin) => {
      if (satisfies(rule, frame, this.run))
        results.add(instantiate(rule.head.terms, frame), origin);
      return false;
    });
    return results.rows.map((row) => row.terms);
  }

  #search(
    query: CompiledQuery,
    block: BlockId,
    trusted: Trusted,
    onMatch: (frame: Frame, origin: OriginId) => boolean,
  ): boolean {
    this.run.budget.spend(1);
    const options = { trusted, run: this.run, window: EVERYTHING, onMatch };
    return new Matcher(query, this, options).search(this.origins.of(block));
  }

  /** New facts of one rule in this round. */
  #apply({ rule, block, trusted }: PlacedRule, isFirst: boolean): Derived[] {
    const derived: Derived[] = [];
    const { relation, terms } = rule.head;
    const origin = this.origins.of(block);
    const onMatch = (frame: Frame, from: OriginId): boolean => {
      if (!satisfies(rule, frame, this.run)) return false;
      derived.push({ relation, terms: instantiate(terms, frame), origin: from });
      return false;
    };
    // A body without predicates matches once, in the first round.
    const passes = rule.atoms.length === 0 ? Number(isFirst) : rule.atoms.length;
    for (let fresh = 0; fresh < passes; fresh++) {
      this.run.budget.spend(1);
      const options = { trusted, run: this.run, window: freshAt(fresh), onMatch };
      new Matcher(rule, this, options).search(origin);
    }
    return derived;
  }

  #insert({ relation, terms, origin }: Derived): void {
    let rows = this.relations.get(relation);
    if (rows === undefined) {
      rows = new Relation();
      this.relations.set(relation, rows);
    }
    this.run.budget.spend(1);
    if (rows.add(terms, origin)) this.#factCount++;
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

/**
 * The combinations whose predicate number `fresh` is the first to use a fact of the last round: before it only older
 * facts, after it any.
 */
function freshAt(fresh: number): Window {
  return (relation, atom) => {
    if (atom < fresh) return { start: 0, end: relation.settled };
    return { start: atom === fresh ? relation.settled : 0, end: relation.frontier };
  };
}

function instantiate(terms: readonly HeadTerm[], frame: Frame): Value[] {
  return terms.map((term) => ("slot" in term ? (frame[term.slot] ?? null) : term.value));
}
