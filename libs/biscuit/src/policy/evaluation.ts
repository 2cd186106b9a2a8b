import type { Fact, Scope } from "../datalog/ast.ts";
import { Budget } from "../datalog/budget.ts";
import type { CompiledCheck, CompiledPolicy, CompiledRule } from "../datalog/compile.ts";
import { AUTHORIZER, AUTHORIZER_ORIGIN, type BlockId, type Trusted } from "../datalog/origin.ts";
import { PredicateTable } from "../datalog/predicate-table.ts";
import type { Externs, RunContext } from "../datalog/run-context.ts";
import { trustedBlocks } from "../datalog/scope.ts";
import { World } from "../datalog/world.ts";
import { DEFAULT_RUN_LIMITS, type RunLimits } from "../limits.ts";
import type { Regex } from "../regex/regex.ts";
import type { Value } from "../values/value.ts";
import type { LinkedProgram, PlacedBlock, Trust } from "./linked-program.ts";
import type { CompiledAuthorizer } from "./token-program.ts";
import { type KeyParameters, NO_KEYS } from "./trusts.ts";

/** What one evaluation is given besides the token and the policy. */
export interface EvaluationContext {
  /** What the authorizer states about the request. */
  readonly facts?: readonly Fact[];
  readonly externs?: Externs;
  readonly limits?: Partial<RunLimits>;
}

/** Values for the parameters of an authorizer, in the order of its frame, and keys by name. */
export interface Bindings {
  readonly values: readonly Value[];
  readonly keys: KeyParameters;
}

export const NO_BINDINGS: Bindings = { values: [], keys: NO_KEYS };

/** A check that did not hold. */
export interface FailedCheck {
  /** Index of the block, or `"authorizer"`. */
  readonly origin: number | "authorizer";
  /** Among the checks of its origin, from 0. */
  readonly index: number;
  readonly source: CompiledCheck;
}

/** A fact of a world, for those who show it. */
export interface WorldFact extends Fact {
  /** The blocks it stems from: the authorizer as -1 first, then ascending. */
  readonly origin: readonly BlockId[];
}

const NO_EXTERNS: Externs = {};

/** Regular expressions are rare: their cache is made when the first one is met. */
class Run implements RunContext {
  readonly budget: Budget;
  readonly externs: Externs;
  #regexes: Map<string, Regex | undefined> | undefined;

  constructor(maxSteps: number, externs: Externs) {
    this.budget = new Budget(maxSteps);
    this.externs = externs;
  }

  get regexes(): Map<string, Regex | undefined> {
    return (this.#regexes ??= new Map());
  }
}

/** One authorizer with one token's facts, once. */
export class Evaluation {
  readonly world: World;
  readonly #program: LinkedProgram;
  readonly #trust: Trust;
  /** Predicates that only the context mentions: they are facts of the world, though no query sees them. */
  #unknown: PredicateTable | undefined;

  constructor(
    program: LinkedProgram,
    authorizer: CompiledAuthorizer,
    context: EvaluationContext,
    bindings: Bindings = NO_BINDINGS,
  ) {
    const limits =
      context.limits === undefined
        ? DEFAULT_RUN_LIMITS
        : { ...DEFAULT_RUN_LIMITS, ...context.limits };
    const { relations, factCount } = program;
    const trust = program.trust(bindings.keys);
    const run = new Run(limits.maxSteps, context.externs ?? NO_EXTERNS);
    const parameters = bindings.values;
    this.#program = program;
    this.#trust = trust;
    this.world = new World(
      { relations, factCount, origins: trust.origins, parameters },
      run,
      limits,
    );
    for (const template of authorizer.templates)
      this.world.addTemplate(template, program.authorizer);
    if (context.facts !== undefined) this.#state(context.facts);
  }

  /** Applies all rules. */
  derive(): void {
    this.world.derive(this.#trust.rules);
  }

  /** Checks of the authorizer and of the authority block: policies come after these, before other blocks' checks. */
  failedFirstChecks(): FailedCheck[] {
    const failed: FailedCheck[] = [];
    this.#collectFailed(this.#program.authorizer, failed);
    const [authority] = this.#program.blocks;
    if (authority !== undefined) this.#collectFailed(authority, failed);
    return failed;
  }

  /** Adds to those that failed first. */
  failedLaterChecks(failed: FailedCheck[]): void {
    const { blocks } = this.#program;
    for (let i = 1; i < blocks.length; i++) {
      const block = blocks[i];
      if (block !== undefined) this.#collectFailed(block, failed);
    }
  }

  /** The index of the first policy that matches, or -1. */
  matchingPolicy(policies: readonly CompiledPolicy[]): number {
    const { authorizer } = this.#program;
    for (let i = 0; i < policies.length; i++) {
      for (const query of policies[i]?.queries ?? []) {
        const trusted = this.#trust.trusts.of(query, authorizer);
        if (this.world.matches(query, authorizer, trusted)) return i;
      }
    }
    return -1;
  }

  /** What an authorizer's rule gives on these facts. All blocks are trusted when `scopes` is undefined. */
  query(rule: CompiledRule, scopes: readonly Scope[] | undefined): readonly (readonly Value[])[] {
    return this.world.query(rule, this.#program.authorizer, this.#trustFor(scopes));
  }

  /** All facts, given and derived. */
  facts(): WorldFact[] {
    const predicates = [...this.#program.predicates(), ...(this.#unknown?.entries ?? [])];
    return this.world.relations.flatMap(({ rows }, number) =>
      rows.map(({ terms, origin }) => ({
        name: predicates[number]?.name ?? "",
        terms,
        origin: this.world.origins.blocksOf(origin),
      })),
    );
  }

  /** All rules with the blocks they stand in. */
  rules(): { readonly rule: CompiledRule; readonly block: BlockId }[] {
    return this.#trust.rules.map(({ rule, place }) => ({ rule, block: place.block }));
  }

  #state(facts: readonly Fact[]): void {
    for (const { name, terms } of facts) {
      const number = this.#program.numberOf(name, terms.length) ?? this.#unknownNumber(name, terms);
      this.world.addFact(number, terms, AUTHORIZER_ORIGIN);
    }
  }

  #unknownNumber(name: string, { length }: readonly Value[]): number {
    this.#unknown ??= new PredicateTable();
    return this.#program.relations.length + this.#unknown.add(name, length);
  }

  #trustFor(scopes: readonly Scope[] | undefined): Trusted {
    const { blocks, blocksByKey } = this.#program;
    return this.world.origins.trusting(
      scopes === undefined
        ? [AUTHORIZER, ...blocks.keys()]
        : trustedBlocks(scopes, [], AUTHORIZER, blocksByKey),
    );
  }

  #collectFailed(block: PlacedBlock, into: FailedCheck[]): void {
    const { checks } = block.compiled;
    for (let index = 0; index < checks.length; index++) {
      const source = checks[index];
      if (source === undefined || this.#holds(source, block)) continue;
      into.push({ origin: block.block === AUTHORIZER ? "authorizer" : block.block, index, source });
    }
  }

  #holds(check: CompiledCheck, block: PlacedBlock): boolean {
    // The specification says that any match rejects; the reference implementation wants all alternatives to match.
    const wanted = check.kind !== "reject";
    for (const query of check.queries) {
      const trusted = this.#trust.trusts.of(query, block);
      const matches =
        check.kind === "all"
          ? this.world.matchesAll(query, block, trusted)
          : this.world.matches(query, block, trusted);
      if (matches) return wanted;
    }
    return !wanted;
  }
}
