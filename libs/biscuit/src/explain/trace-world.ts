import type { PublicKey } from "../crypto/public-key.ts";
import { type BlockContent, type Policy, type Query, type Rule, Variable } from "../datalog/ast.ts";
import { Budget } from "../datalog/budget.ts";
import { AUTHORIZER, type BlockId } from "../datalog/origin.ts";
import type { RunContext } from "../datalog/run-context.ts";
import { trustedBlocks } from "../datalog/scope.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { DEFAULT_RUN_LIMITS, type RunLimits } from "../limits.ts";
import type { Evidence } from "../policy/explainable.ts";
import { fillProgram } from "../policy/filled-program.ts";
import { firstFalse } from "./expression-values.ts";
import { FactStore, type NewFact, type TracedRelation } from "./fact-store.ts";
import { type Match, search, type TraceWindow } from "./search.ts";

/** The authorizer or a block, with its number. */
export interface Section {
  readonly id: BlockId;
  readonly content: BlockContent;
  /** Of the third party that signed the block. */
  readonly externalKey: PublicKey | undefined;
}

/** Facts and rules of one decision, evaluated so that every fact knows where it comes from. */
export class TraceWorld {
  readonly store: FactStore = new FactStore();
  /** The authorizer, then the token's blocks. */
  readonly sections: readonly Section[];
  readonly policies: readonly Policy[];
  readonly limits: RunLimits;
  readonly run: RunContext;
  /** Rules that applied at least once, even when they brought nothing new. */
  readonly fired: Set<Rule> = new Set();
  readonly #byKey = new Map<string, BlockId[]>();

  constructor({ policy, inputs, token, context }: Evidence, maxSteps: number) {
    const program = inputs === undefined ? policy : fillProgram(policy, inputs);
    const blocks = token?.blocks ?? [];
    this.sections = [
      { id: AUTHORIZER, content: program, externalKey: undefined },
      ...blocks.map(({ content, externalKey }, id) => ({ id, content, externalKey })),
    ];
    this.policies = program.policies;
    this.limits = { ...DEFAULT_RUN_LIMITS, ...context.limits };
    this.run = {
      budget: new Budget(maxSteps),
      externs: context.externs ?? {},
      regexes: new Map(),
    };
    for (const { id, externalKey } of this.sections) this.#noteKey(id, externalKey);
    // The order in which the engine has them: of several things that could decide, the first one does.
    for (const [id, { content }] of blocks.entries()) this.#addFacts(id, content.facts);
    this.#addFacts(AUTHORIZER, [...program.facts, ...(context.facts ?? [])]);
  }

  trustOf(query: Query, section: Section): ReadonlySet<BlockId> {
    const { id, content } = section;
    return new Set(trustedBlocks(query.scopes, content.scopes, id, this.#byKey));
  }

  /** Applies all rules until nothing new follows. Throws as the engine does. */
  derive(): void {
    for (let round = 0; ; round++) {
      const relations = [...this.store.each()];
      for (const relation of relations) relation.frontier = relation.facts.length;
      const derived = this.sections.flatMap((section) =>
        section.content.rules.flatMap((rule) => this.#apply(rule, section, round === 0)),
      );
      for (const relation of relations) relation.settled = relation.frontier;
      if (derived.filter((fact) => this.store.add(fact)).length === 0) return;
      this.#checkLimits(round + 1);
    }
  }

  #noteKey(id: BlockId, key: PublicKey | undefined): void {
    if (key === undefined) return;
    const text = key.toString();
    this.#byKey.set(text, [...(this.#byKey.get(text) ?? []), id]);
  }

  #addFacts(block: BlockId, facts: BlockContent["facts"]): void {
    for (const { name, terms } of facts) {
      this.store.add({ name, terms, origin: [block], derivation: undefined });
    }
  }

  #apply(rule: Rule, section: Section, isFirst: boolean): NewFact[] {
    const derived: NewFact[] = [];
    const trusted = this.trustOf(rule, section);
    const onMatch = (match: Match): boolean => {
      if (firstFalse(rule, match, this.run) !== undefined) return false;
      this.fired.add(rule);
      derived.push(derivedFact(rule, section.id, match));
      return false;
    };
    const passes = rule.body.length === 0 ? Number(isFirst) : rule.body.length;
    for (let fresh = 0; fresh < passes; fresh++) {
      const { store } = this;
      const { budget } = this.run;
      search(rule, { store, trusted, budget, window: freshAt(fresh), onMatch });
    }
    return derived;
  }

  #checkLimits(rounds: number): void {
    const { maxFacts, maxIterations } = this.limits;
    if (rounds >= maxIterations) {
      throw new BiscuitError("too-many-iterations", `more than ${maxIterations} rounds`);
    }
    if (this.store.all.length >= maxFacts) {
      throw new BiscuitError("too-many-facts", `more than ${maxFacts} facts`);
    }
  }
}

/** Combinations whose predicate number `fresh` is the first with a fact of the last round: none is tried twice. */
function freshAt(fresh: number): TraceWindow {
  return (relation: TracedRelation, atom) => {
    if (atom < fresh) return { start: 0, end: relation.settled };
    return { start: atom === fresh ? relation.settled : 0, end: relation.frontier };
  };
}

function derivedFact(rule: Rule, block: BlockId, { bindings, facts }: Match): NewFact {
  const terms = rule.head.terms.map((term) =>
    term instanceof Variable ? (bindings.get(term.name) ?? null) : term,
  );
  const origin = [...new Set([block, ...facts.flatMap((fact) => fact.origin)])];
  return {
    name: rule.head.name,
    terms,
    origin: origin.toSorted((a, b) => a - b),
    derivation: { rule, block, premises: facts },
  };
}
