import type { Check, Policy, Query, Rule } from "../datalog/ast.ts";
import { AUTHORIZER, type BlockId } from "../datalog/origin.ts";
import { unboundInHead } from "../datalog/variables.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import type { Evidence } from "../policy/explainable.ts";
import {
  ExpressionError,
  firstFalse,
  isLimit,
  locateError,
  type PartValues,
} from "./expression-values.ts";
import { type FalseMatch, type Miss, NearMisses } from "./miss.ts";
import { type Match, search } from "./search.ts";
import { type Section, TraceWorld } from "./trace-world.ts";

/** One alternative of a check or policy that was looked at. */
export interface QueryTrace {
  readonly query: Query;
  readonly trusted: ReadonlySet<BlockId>;
  /** Whether it matched; of `check all`, whether all combinations held. */
  readonly isTrue: boolean;
  /** The first combination that satisfies it. */
  readonly match: Match | undefined;
  /** Of `check all`: the first combination that does not hold. */
  readonly counterexample: FalseMatch | undefined;
  readonly miss: Miss | undefined;
}

export interface CheckTrace {
  readonly section: Section;
  readonly check: Check;
  /** Among the checks of its section, from 0. */
  readonly index: number;
  readonly held: boolean;
  /** Alternatives in order; those after the one that decided were not looked at. */
  readonly queries: readonly QueryTrace[];
}

export interface PolicyTrace {
  readonly policy: Policy;
  readonly index: number;
  readonly matched: boolean;
  readonly queries: readonly QueryTrace[];
}

/** The rule, check or policy at which the evaluation ended. */
export interface FailurePlace {
  readonly section: Section;
  readonly rule?: Rule;
  readonly check?: Check;
  readonly policy?: Policy;
  /** Of the check or policy. */
  readonly index?: number;
}

/** Why the evaluation did not come to its end. */
export interface TraceFailure {
  readonly error: BiscuitError;
  readonly place: FailurePlace | undefined;
  /** When an expression failed: on which facts, and in which part. */
  readonly expression:
    | (PartValues & { readonly whole: ExpressionError["expression"]; readonly match: Match })
    | undefined;
}

/** A decision made again, with everything on the way to it. */
export interface Trace {
  readonly world: TraceWorld;
  /** In the order of evaluation. */
  readonly checks: readonly CheckTrace[];
  /** Up to the one that matched. */
  readonly policies: readonly PolicyTrace[];
  readonly failure: TraceFailure | undefined;
}

/** Makes a decision again, in the order of the engine, as far as `maxSteps` reach. */
export function trace(evidence: Evidence, maxSteps: number): Trace {
  return new Tracer(evidence, maxSteps).run();
}

class Tracer {
  readonly #world: TraceWorld;
  readonly #checkTraces: CheckTrace[] = [];
  readonly #policyTraces: PolicyTrace[] = [];
  #place: FailurePlace | undefined;

  constructor(evidence: Evidence, maxSteps: number) {
    this.#world = new TraceWorld(evidence, maxSteps);
  }

  run(): Trace {
    const failure = this.#attempt(() => this.#evaluate());
    const [world, checks, policies] = [this.#world, this.#checkTraces, this.#policyTraces];
    return { world, checks, policies, failure };
  }

  #attempt(evaluate: () => void): TraceFailure | undefined {
    try {
      evaluate();
      return undefined;
    } catch (error) {
      return this.#failureOf(error);
    }
  }

  #failureOf(error: unknown): TraceFailure {
    if (error instanceof ExpressionError) {
      const { match, expression: whole, cause } = error;
      const part = locateError(whole, match.bindings, this.#world.run);
      const place = this.#place ?? this.#ruleWith(error);
      return { error: cause, place, expression: { ...part, whole, match } };
    }
    if (!(error instanceof BiscuitError)) throw error;
    return { error, place: this.#place, expression: undefined };
  }

  /** The rule that an expression stands in. Rules run all together, before anything else. */
  #ruleWith({ expression }: ExpressionError): FailurePlace | undefined {
    for (const section of this.#world.sections) {
      const rule = section.content.rules.find(({ expressions }) =>
        expressions.includes(expression),
      );
      if (rule !== undefined) return { section, rule };
    }
    return undefined;
  }

  #evaluate(): void {
    const [authorizer, authority, ...others] = this.#world.sections;
    if (authorizer === undefined) return;
    this.#checkRules();
    this.#world.derive();
    for (const section of authority === undefined ? [authorizer] : [authorizer, authority]) {
      this.#traceChecks(section);
    }
    this.#tracePolicies(authorizer);
    for (const section of others) this.#traceChecks(section);
    this.#place = undefined;
  }

  /** The wire can hold rules that no source can. */
  #checkRules(): void {
    for (const section of this.#world.sections) {
      const rule = section.content.rules.find(
        ({ head, body }) => unboundInHead(head, body).length > 0,
      );
      if (section.id === AUTHORIZER || rule === undefined) continue;
      this.#place = { section, rule };
      throw new BiscuitError("invalid-rule", "the head of a rule uses unbound variables");
    }
  }

  #traceChecks(section: Section): void {
    for (const [index, check] of section.content.checks.entries()) {
      this.#place = { section, check, index };
      const queries = this.#alternatives(check.queries, section, check.kind === "all");
      const isTrue = queries.some((query) => query.isTrue);
      const held = check.kind === "reject" ? !isTrue : isTrue;
      this.#checkTraces.push({ section, check, index, held, queries });
    }
  }

  #tracePolicies(section: Section): void {
    for (const [index, policy] of this.#world.policies.entries()) {
      this.#place = { section, policy, index };
      const queries = this.#alternatives(policy.queries, section, false);
      const matched = queries.some((query) => query.isTrue);
      this.#policyTraces.push({ policy, index, matched, queries });
      if (matched) return;
    }
  }

  /** Alternatives up to the first that is true. */
  #alternatives(queries: readonly Query[], section: Section, isAll: boolean): QueryTrace[] {
    const traces: QueryTrace[] = [];
    for (const query of queries) {
      const traced = this.#traceQuery(query, section, isAll);
      traces.push(traced);
      if (traced.isTrue) break;
    }
    return traces;
  }

  #traceQuery(query: Query, section: Section, isAll: boolean): QueryTrace {
    const world = this.#world;
    const trusted = world.trustOf(query, section);
    const near = new NearMisses(world);
    let match: Match | undefined;
    let isViolated = false;
    search(query, {
      store: world.store,
      trusted,
      budget: world.run.budget,
      onMatch(found) {
        const expression = firstFalse(query, found, world.run);
        if (expression === undefined) match ??= found;
        else near.addFalse(found, expression);
        isViolated = expression !== undefined;
        return isAll ? isViolated : !isViolated;
      },
      onDeadEnd: (end) => near.addDeadEnd(end),
    });
    const isTrue = match !== undefined && !(isAll && isViolated);
    const miss = isTrue ? undefined : this.#missOf(near, query, trusted);
    const counterexample = isAll && miss?.kind === "false" ? miss.examples[0] : undefined;
    return { query, trusted, isTrue, match, counterexample, miss };
  }

  /** The answer is known by now: a limit that is met while looking for its reason only costs the reason. */
  #missOf(near: NearMisses, query: Query, trusted: ReadonlySet<BlockId>): Miss | undefined {
    try {
      return near.miss(query, trusted);
    } catch (error) {
      if (isLimit(error)) return undefined;
      throw error;
    }
  }
}
