import type { Predicate, Query } from "../datalog/ast.ts";
import { AUTHORITY, AUTHORIZER, type BlockId } from "../datalog/origin.ts";
import type { BiscuitError } from "../errors/biscuit-error.ts";
import { printTerm } from "../syntax/print-term.ts";
import type { Decision } from "../policy/decision.ts";
import type {
  ExplainedCheck,
  ExplainedError,
  ExplainedFact,
  ExplainedFalse,
  ExplainedMiss,
  ExplainedPart,
  ExplainedPolicy,
  ExplainedQuery,
  ExplanationData,
  Origin,
  Redaction,
} from "./explanation.ts";
import { isLimit, type PartValues } from "./expression-values.ts";
import type { TracedFact } from "./fact-store.ts";
import type { FalseMatch, Miss } from "./miss.ts";
import { Redactor } from "./redactor.ts";
import type { FailurePlace, QueryTrace, Trace } from "./trace.ts";
import type { Section, TraceWorld } from "./trace-world.ts";

/** Facts that one explanation lists at most; derivations beyond them end in numbers that it does not have. */
const MOST_FACTS = 500;
const LARGEST_RELATIONS = 3;

/** How a block's facts can be had that no third party signed. */
const ADVICE = {
  authorizer:
    "any holder of the token could have added it; an authorizer trusts such a block only by the key of a third party that signed it",
  earlier: "to see it: trusting previous",
  later: "blocks that come later can be trusted only by the key of a third party that signed them",
} as const;

function adviceAt(current: BlockId, untrusted: readonly BlockId[]): string {
  if (current === AUTHORIZER) return ADVICE.authorizer;
  return untrusted.every((block) => block < current) ? ADVICE.earlier : ADVICE.later;
}

export const originOf = (block: BlockId): Origin => (block === AUTHORIZER ? "authorizer" : block);

/** Turns a trace into the documented shape. The only place where values become text, so that none escapes the redactor. */
export function describeTrace(
  decision: Decision,
  trace: Trace,
  redaction: Redaction,
): ExplanationData {
  return new Describer(trace, redaction).describe(decision);
}

const ofQueries = (queries: readonly Query[]): Predicate[] =>
  queries.flatMap(({ body }) => [...body]);

/** Everything that an explanation could show. */
function* shownPredicates({ world }: Trace): Iterable<Predicate> {
  yield* world.store.all;
  for (const { content } of world.sections) {
    for (const rule of content.rules) yield* [rule.head, ...rule.body];
    for (const { queries } of content.checks) yield* ofQueries(queries);
  }
  for (const { queries } of world.policies) yield* ofQueries(queries);
}

class Describer {
  readonly #trace: Trace;
  readonly #world: TraceWorld;
  readonly #redactor: Redactor;
  readonly #used = new Map<number, TracedFact>();

  constructor(trace: Trace, redaction: Redaction) {
    this.#trace = trace;
    this.#world = trace.world;
    this.#redactor = new Redactor(redaction, shownPredicates(trace));
  }

  describe(decision: Decision): ExplanationData {
    const policies = this.#policies();
    const checks = this.#checks();
    const error =
      !decision.allowed && decision.reason === "error" ? this.#error(decision.error) : undefined;
    return {
      version: 1,
      outcome: decision.allowed ? "allowed" : decision.reason,
      policies,
      checks,
      ...(error !== undefined && { error }),
      facts: this.#facts(),
      complete: !isLimit(this.#trace.failure?.error) && this.#used.size <= MOST_FACTS,
    };
  }

  #policies(): ExplainedPolicy[] {
    const authorizer = this.#world.sections[0];
    return this.#trace.policies.map(({ policy, index, matched, queries }) => ({
      kind: policy.kind,
      index,
      source: this.#redactor.policy(policy),
      matched,
      queries: queries.map((query) => this.#query(query, authorizer)),
    }));
  }

  #checks(): ExplainedCheck[] {
    return this.#trace.checks.map(({ section, check, index, held, queries }) => ({
      origin: originOf(section.id),
      index,
      kind: check.kind,
      source: this.#redactor.check(check),
      held,
      queries: queries.map((query) => this.#query(query, section)),
    }));
  }

  #query(traced: QueryTrace, section: Section | undefined): ExplainedQuery {
    const { query, trusted, isTrue, match, counterexample, miss } = traced;
    return {
      source: this.#redactor.query(query),
      trusts: [...trusted].toSorted((a, b) => a - b).map(originOf),
      isTrue,
      ...(isTrue && match !== undefined && { facts: this.#refer(match.facts) }),
      ...(counterexample !== undefined && { counterexample: this.#false(counterexample) }),
      ...(miss !== undefined &&
        counterexample === undefined && { miss: this.#miss(miss, query, section, trusted) }),
    };
  }

  #miss(
    miss: Miss,
    query: Query,
    section: Section | undefined,
    trusted: ReadonlySet<BlockId>,
  ): ExplainedMiss {
    if (miss.kind === "false") {
      const { examples, count } = miss;
      return { kind: "false", examples: examples.map((example) => this.#false(example)), count };
    }
    return {
      kind: "no-fact",
      wanted: this.#redactor.predicate(miss.wanted),
      predicate: this.#redactor.text(keyOfPredicate(miss.wanted)),
      hasOthers: miss.hasOthers,
      after: this.#refer(miss.after),
      hidden: this.#hidden(miss, query, section, trusted),
      similar: miss.similar.map(({ fact, differing }) => ({
        fact: this.#refer([fact])[0] ?? fact.id,
        differs: differing.map((index) => ({
          index,
          wanted: this.#redactor.term(miss.wanted.terms[index] ?? null),
          found: this.#redactor.term(fact.terms[index] ?? null),
        })),
      })),
      names: miss.names.map((name) => this.#redactor.text(name)),
      rules: miss.rules.map((each) => ({
        rule: this.#redactor.rule(each.rule),
        origin: originOf(each.section.id),
        miss: this.#miss(
          each.miss,
          each.rule,
          each.section,
          this.#world.trustOf(each.rule, each.section),
        ),
      })),
    };
  }

  #hidden(
    miss: Extract<Miss, { kind: "no-fact" }>,
    query: Query,
    section: Section | undefined,
    trusted: ReadonlySet<BlockId>,
  ): Extract<ExplainedMiss, { kind: "no-fact" }>["hidden"] {
    return miss.hidden.map((fact) => {
      const untrusted = fact.origin.filter((block) => !trusted.has(block));
      return {
        fact: this.#refer([fact])[0] ?? fact.id,
        untrusted: untrusted.map(originOf),
        advice: this.#redactor.text(this.#advice(untrusted, query, section)),
      };
    });
  }

  /** What would let a query see facts of `untrusted` blocks, where that can be had. */
  #advice(untrusted: readonly BlockId[], query: Query, section: Section | undefined): string {
    if (untrusted.includes(AUTHORITY)) {
      return "its scopes replace the default: add authority to them";
    }
    const keys = untrusted.flatMap((block) => this.#keyOf(block) ?? []);
    if (keys.length === untrusted.length) {
      const scopes = query.scopes.length > 0 ? query.scopes : (section?.content.scopes ?? []);
      const kept = scopes.length > 0 ? scopes.map(String) : ["authority"];
      return `to trust who signed it: trusting ${[...new Set([...kept, ...keys])].join(", ")}`;
    }
    return adviceAt(section?.id ?? AUTHORIZER, untrusted);
  }

  #keyOf(block: BlockId): string | undefined {
    return this.#world.sections.find(({ id }) => id === block)?.externalKey?.toString();
  }

  #false({ match, expression, reasons }: FalseMatch): ExplainedFalse {
    return {
      facts: this.#refer(match.facts),
      expression: this.#redactor.expression(expression),
      because: reasons.map((reason) => this.#part(reason)),
    };
  }

  #part({ part, bindings, operands }: PartValues): ExplainedPart {
    return {
      expression: this.#redactor.expression(part),
      operands: operands.map((operand) => ({
        expression: this.#redactor.expression(operand.part),
        value: this.#redactor.computed(operand.part, bindings, operand.value),
      })),
    };
  }

  #error(error: BiscuitError): ExplainedError {
    const failure =
      this.#trace.failure?.error.code === error.code ? this.#trace.failure : undefined;
    const expression = failure?.expression;
    const place = failure?.place;
    return {
      code: error.code,
      message: this.#messageOf(error),
      ...(place !== undefined && { place: this.#place(place) }),
      ...(expression !== undefined && {
        expression: this.#redactor.expression(expression.whole),
        part: this.#part(expression),
        facts: this.#refer(expression.match.facts),
      }),
      ...(isLimit(error) && { largest: this.#largest() }),
    };
  }

  /** That of `invalid-rule` holds a rule's source, which the place tells. */
  #messageOf(error: BiscuitError): string {
    const message =
      error.code === "invalid-rule"
        ? "a rule's head uses variables that its body does not bind"
        : error.message;
    return this.#redactor.text(message);
  }

  #place({
    section,
    rule,
    check,
    policy,
    index,
  }: FailurePlace): NonNullable<ExplainedError["place"]> {
    const source =
      (rule !== undefined && this.#redactor.rule(rule)) ||
      (check !== undefined && this.#redactor.check(check)) ||
      (policy !== undefined && this.#redactor.policy(policy)) ||
      "";
    return { origin: originOf(section.id), ...(index !== undefined && { index }), source };
  }

  #largest(): NonNullable<ExplainedError["largest"]> {
    return [...this.#world.store.each()]
      .toSorted((a, b) => b.facts.length - a.facts.length)
      .slice(0, LARGEST_RELATIONS)
      .flatMap(({ facts }) =>
        facts[0] === undefined
          ? []
          : [{ predicate: this.#redactor.text(keyOfPredicate(facts[0])), facts: facts.length }],
      );
  }

  /** Numbers of facts, which the explanation lists with all that they were derived from. */
  #refer(facts: readonly TracedFact[]): number[] {
    const open = [...facts];
    for (let fact = open.pop(); fact !== undefined; fact = open.pop()) {
      if (this.#used.has(fact.id) || this.#used.size > MOST_FACTS) continue;
      this.#used.set(fact.id, fact);
      open.push(...(fact.derivation?.premises ?? []));
    }
    return facts.map(({ id }) => id);
  }

  #facts(): ExplainedFact[] {
    return [...this.#used.values()]
      .toSorted((a, b) => a.id - b.id)
      .map((fact) => ({
        id: fact.id,
        fact: this.#redactor.predicate(fact),
        origin: fact.origin.map(originOf),
        keys: fact.origin.flatMap((block) => this.#keyOf(block) ?? []),
        ...(fact.derivation !== undefined && {
          derived: {
            rule: this.#redactor.rule(fact.derivation.rule),
            origin: originOf(fact.derivation.block),
            premises: fact.derivation.premises.map(({ id }) => id),
          },
        }),
      }));
  }
}

/** `name/arity` */
const keyOfPredicate = ({ name, terms }: Predicate): string =>
  `${printTerm(name).slice(1, -1)}/${terms.length}`;
