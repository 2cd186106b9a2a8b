import {
  type BlockContent,
  type Expression,
  type ExpressionOf,
  type Fact,
  partsOf,
  type Predicate,
  type Program,
  type Query,
  type Rule,
  Variable,
} from "../datalog/ast.ts";
import type { Biscuit } from "../token/biscuit.ts";
import { DateValue, keyOf, type Value } from "../values/value.ts";
import type { Policy, PolicyParameters } from "./policy.ts";

/** A predicate that the facts of a request can be read through. */
export interface ReadPredicate {
  readonly name: string;
  readonly arity: number;
  /**
   * The dates that it is compared with, when comparing is all that ever happens to it: `time($t), $t < 2030-01-01T00:00:00Z`.
   * Then the decision changes at these dates only. Ascending. Absent when any value may make a difference.
   */
  readonly thresholds?: readonly Date[];
}

interface Use {
  readonly name: string;
  readonly arity: number;
  /** Seconds of the dates it is compared with; `undefined` as soon as anything else happens to it. */
  thresholds: Set<number | bigint> | undefined;
}

/** Predicates of different arity are different predicates. */
const nameKey = (name: string, arity: number): string => `${arity}/${name}`;

const COMPARISONS: ReadonlySet<string> = new Set(["<", ">", "<=", ">="]);

/** Goes through everything that evaluates: bodies of rules, checks and policies. */
class Analysis {
  readonly uses = new Map<string, Use>();
  readonly externs = new Set<string>();

  block({ rules, checks }: BlockContent): void {
    for (const rule of rules) this.#rule(rule);
    for (const { queries } of checks) for (const query of queries) this.query(query, []);
  }

  /** `kept` are variables whose values go on beyond the query. */
  query({ body, expressions }: Query, kept: readonly string[]): void {
    const variables = [...kept, ...body.flatMap(variablesOf)];
    for (const predicate of body) {
      const use = this.#use(predicate);
      const [only] = predicate.terms;
      const isAlone =
        predicate.terms.length === 1 &&
        only instanceof Variable &&
        variables.filter((name) => name === only.name).length === 1;
      if (!isAlone || !isOnlyCompared(only.name, expressions, use.thresholds))
        use.thresholds = undefined;
    }
    for (const expression of expressions) this.#expression(expression);
  }

  /** A predicate that has facts already: a fact of the request may be the same as one of them. */
  exact({ name, terms }: Predicate): void {
    this.#use({ name, terms }).thresholds = undefined;
  }

  #rule(rule: Rule): void {
    this.query(rule, variablesOf(rule.head));
    // What a rule derives may be the same as a fact of the request.
    this.exact(rule.head);
  }

  #use({ name, terms: { length: arity } }: Predicate): Use {
    const key = nameKey(name, arity);
    const known = this.uses.get(key);
    if (known !== undefined) return known;
    const use: Use = { name, arity, thresholds: new Set() };
    this.uses.set(key, use);
    return use;
  }

  #expression(expression: Expression): void {
    if (expression.kind === "extern") this.externs.add(expression.name);
    for (const part of partsOf(expression)) this.#expression(part);
  }
}

const variablesOf = ({ terms }: Predicate): string[] =>
  terms.flatMap((term) => (term instanceof Variable ? [term.name] : []));

/** Whether a variable is used for nothing but comparing it with dates, which go into `thresholds`. */
function isOnlyCompared(
  name: string,
  expressions: readonly Expression[],
  thresholds: Set<number | bigint> | undefined,
): boolean {
  return expressions.every((expression) => {
    if (expression.kind === "term") {
      return !(expression.term instanceof Variable) || expression.term.name !== name;
    }
    const date = expression.kind === "binary" ? comparedWith(name, expression) : undefined;
    if (date === undefined) return isOnlyCompared(name, partsOf(expression), thresholds);
    thresholds?.add(date.seconds);
    return true;
  });
}

function comparedWith(name: string, expression: ExpressionOf<"binary">): DateValue | undefined {
  if (!COMPARISONS.has(expression.operator)) return undefined;
  const { left, right } = expression;
  const [one, other] = [left, right].map((side) => (side.kind === "term" ? side.term : undefined));
  if (one instanceof Variable && one.name === name && other instanceof DateValue) return other;
  return other instanceof Variable && other.name === name && one instanceof DateValue
    ? one
    : undefined;
}

const ascending = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Which facts of a request a policy and a token can read at all, found by analysing the Datalog; for caches of decisions.
 *
 * Two requests with equal keys get equal decisions: the same `allowed`, `reason`, policy, failed checks and error. That
 * holds without exception for one policy, one token, and equal limits, as long as external functions depend on nothing but
 * their arguments. What is left out of the key is never read: facts of predicates that stand in no body and, of predicates
 * with `thresholds`, on which side of a threshold a date lies is all that counts. How many facts there are is part of the
 * key, since limits count them. Explanations of a cached decision show the facts of the request that it was made for.
 */
export class PolicyReads {
  /** Sorted by name and arity. */
  readonly predicates: readonly ReadPredicate[];
  /** Names of the external functions that may be called. */
  readonly externs: readonly string[];
  readonly #uses: ReadonlyMap<string, readonly (number | bigint)[] | undefined>;

  private constructor({ uses, externs }: Analysis) {
    const sorted = [...uses].toSorted(([a], [b]) => (a < b ? -1 : 1));
    this.#uses = new Map(
      sorted.map(([key, { thresholds }]) => [
        key,
        thresholds && [...thresholds].toSorted(ascending),
      ]),
    );
    this.predicates = sorted.map(([key, { name, arity }]) => {
      const thresholds = this.#uses.get(key);
      return thresholds === undefined || thresholds.length === 0
        ? { name, arity }
        : { name, arity, thresholds: thresholds.map((each) => new Date(Number(each) * 1000)) };
    });
    this.externs = [...externs].toSorted();
  }

  /** For this library's own use. */
  static of(program: Program, blocks: readonly BlockContent[]): PolicyReads {
    const analysis = new Analysis();
    for (const block of [program, ...blocks]) {
      analysis.block(block);
      for (const fact of block.facts) analysis.exact(fact);
    }
    for (const { queries } of program.policies)
      for (const query of queries) analysis.query(query, []);
    for (const fact of program.parameters?.facts ?? []) analysis.exact(fact);
    return new PolicyReads(analysis);
  }

  /**
   * What a decision depends on of the facts of a request, which must be in the order in which they are given to
   * `authorize`. Values of parameters are not in it: they belong into a cache's key as they are.
   */
  keyOf(facts: readonly Fact[]): string {
    const distinct = new Set<string>();
    let key = "";
    for (const { name, terms } of facts) {
      const relation = nameKey(name, terms.length);
      distinct.add(factKey(relation, terms.map(keyOf)));
      if (!this.#uses.has(relation)) continue;
      const thresholds = this.#uses.get(relation);
      key += factKey(
        relation,
        terms.map((term) => (thresholds === undefined ? keyOf(term) : sideOf(term, thresholds))),
      );
    }
    return `${facts.length},${distinct.size};${key}`;
  }
}

/**
 * Which facts of a request can make a difference to a policy's decisions about a token, or about callers without one. Walks
 * both programs, so its result is to be kept with the token.
 */
export function readsOf<Parameters extends PolicyParameters<Parameters>>(
  policy: Policy<Parameters>,
  token: Biscuit | undefined,
): PolicyReads {
  const blocks = token === undefined ? [] : token.data.blocks;
  return PolicyReads.of(
    policy.program,
    blocks.map(({ content }) => content),
  );
}

/** Every part tells its length, so that no two facts share a key. */
const factKey = (relation: string, terms: readonly string[]): string =>
  [relation, ...terms].map((part) => `${part.length}:${part}`).join("");

/** Of a date: how many thresholds lie before it, and whether it is one. Other values fail to compare, each in its way. */
function sideOf(term: Value, thresholds: readonly (number | bigint)[]): string {
  if (!(term instanceof DateValue)) return keyOf(term);
  const { seconds } = term;
  const before = thresholds.filter((threshold) => threshold < seconds).length;
  return `side ${before}${thresholds.includes(seconds) ? "=" : ""}`;
}
