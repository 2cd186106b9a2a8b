import type { Fact, Scope } from "../datalog/ast.ts";
import { Budget } from "../datalog/budget.ts";
import {
  type CompiledCheck,
  type CompiledPolicy,
  type CompiledQuery,
  relationKey,
} from "../datalog/compile.ts";
import { AUTHORITY, AUTHORIZER, type BlockId, type Trusted } from "../datalog/origin.ts";
import type { Externs } from "../datalog/run-context.ts";
import { trustedBlocks } from "../datalog/scope.ts";
import { World } from "../datalog/world.ts";
import { DEFAULT_RUN_LIMITS, type RunLimits } from "../limits.ts";
import type { CompiledBlock, TokenProgram } from "./token-program.ts";

/** What one evaluation is given besides the token and the policy. */
export interface EvaluationContext {
  /** What the authorizer states about the request. */
  readonly facts?: readonly Fact[];
  readonly externs?: Externs;
  readonly limits?: Partial<RunLimits>;
}

/** A check that did not hold. */
export interface FailedCheck {
  /** Index of the block, or `"authorizer"`. */
  readonly origin: number | "authorizer";
  /** Among the checks of its origin, from 0. */
  readonly index: number;
  readonly source: CompiledCheck;
}

/** One authorizer with one token's facts, once. */
export class Evaluation {
  readonly world: World;
  readonly #token: TokenProgram;
  readonly #authorizer: CompiledBlock;
  readonly #blockTrust: Trusted[] = [];

  constructor(token: TokenProgram, authorizer: CompiledBlock, context: EvaluationContext) {
    const limits = { ...DEFAULT_RUN_LIMITS, ...context.limits };
    const budget = new Budget(limits.maxSteps);
    this.world = new World({ budget, externs: context.externs ?? {}, regexes: new Map() }, limits);
    this.#token = token;
    this.#authorizer = authorizer;
    this.#load(authorizer, AUTHORIZER);
    for (const { name, terms } of context.facts ?? []) {
      this.world.addFact(relationKey(name, terms.length), terms, AUTHORIZER);
    }
    for (const [id, block] of token.blocks.entries()) this.#load(block, id);
  }

  /** Applies all rules. */
  derive(): void {
    this.world.derive();
  }

  /** Checks of the authorizer and of the authority block: policies come after these, before other blocks' checks. */
  failedFirstChecks(): FailedCheck[] {
    const authority = this.#token.blocks[0];
    return [
      ...this.#failedChecks(this.#authorizer, AUTHORIZER),
      ...(authority === undefined ? [] : this.#failedChecks(authority, AUTHORITY)),
    ];
  }

  failedLaterChecks(): FailedCheck[] {
    return this.#token.blocks.slice(1).flatMap((block, i) => this.#failedChecks(block, i + 1));
  }

  /** The index of the first policy that matches. */
  matchingPolicy(policies: readonly CompiledPolicy[]): number {
    return policies.findIndex(({ queries }) =>
      queries.some((query) =>
        this.world.matches(query, AUTHORIZER, this.#trustOf(query, this.#authorizer, AUTHORIZER)),
      ),
    );
  }

  /** What `scopes` mean in the authorizer, whatever the authorizer's own scopes are; all blocks when `scopes` is undefined. */
  trustFor(scopes: readonly Scope[] | undefined): Trusted {
    if (scopes === undefined)
      return this.world.trusting([AUTHORIZER, ...this.#token.blocks.keys()]);
    return this.world.trusting(trustedBlocks(scopes, [], AUTHORIZER, this.#token.blocksByKey));
  }

  #load(block: CompiledBlock, id: BlockId): void {
    for (const { relation, terms } of block.facts) this.world.addFact(relation, terms, id);
    for (const rule of block.rules) {
      this.world.addRule({ rule, block: id, trusted: this.#trustOf(rule, block, id) });
    }
  }

  #trustOf(query: CompiledQuery, block: CompiledBlock, id: BlockId): Trusted {
    const trust = (): Trusted =>
      this.world.trusting(trustedBlocks(query.scopes, block.scopes, id, this.#token.blocksByKey));
    // Most queries have no scopes of their own: what they trust is worked out once for each block.
    return query.scopes.length > 0 ? trust() : (this.#blockTrust[id + 1] ??= trust());
  }

  #failedChecks(block: CompiledBlock, id: BlockId): FailedCheck[] {
    const origin = id === AUTHORIZER ? "authorizer" : id;
    return block.checks.flatMap((source, index) =>
      this.#holds(source, block, id) ? [] : [{ origin, index, source }],
    );
  }

  #holds(check: CompiledCheck, block: CompiledBlock, id: BlockId): boolean {
    const { world } = this;
    const isMatched = (query: CompiledQuery): boolean =>
      world.matches(query, id, this.#trustOf(query, block, id));
    if (check.kind === "one") return check.queries.some(isMatched);
    // The specification says that any match rejects; the reference implementation wants all alternatives to match.
    if (check.kind === "reject") return !check.queries.some(isMatched);
    return check.queries.some((query) =>
      world.matchesAll(query, id, this.#trustOf(query, block, id)),
    );
  }
}
