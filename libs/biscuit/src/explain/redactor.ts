import {
  type Check,
  type Expression,
  type ExpressionVisitor,
  type Policy,
  type Predicate,
  type Query,
  type Rule,
  type Term,
  Variable,
  visit,
} from "../datalog/ast.ts";
import { printExpression } from "../syntax/print-expression.ts";
import { printCheck, printPolicy, printQuery, printRule } from "../syntax/print-statement.ts";
import { Placeholder, printPredicate, printTerm, printValue } from "../syntax/print-term.ts";
import { elementsOf, isComposite, keyOf, type Value } from "../values/value.ts";
import type { Redaction } from "./explanation.ts";
import type { Bindings } from "./search.ts";

const HIDDEN = "<redacted>";
/** Shorter values are hidden where they stand alone, but are not looked for inside others: they are everywhere. */
const SHORTEST_INSIDE_VALUES = 2;
const SHORTEST_INSIDE_TEXT = 4;

/**
 * Prints for an explanation, hiding what the redaction says. A value that is hidden in one place is hidden in all: rules
 * copy values from fact to fact, and expressions compare them with constants.
 */
export class Redactor {
  readonly #choose: (predicate: string, index: number, value: string) => boolean | string;
  readonly #hidden = new Map<string, string>();
  /** Texts of hidden values, longest first, so that none survives as the rest of another. */
  #fragments: readonly string[] = [];

  /** `predicates`: all that may be shown, in facts and sources. */
  constructor(redaction: Redaction, predicates: Iterable<Predicate>) {
    this.#choose =
      typeof redaction === "function" ? redaction : (predicate) => redaction.includes(predicate);
    const fragments = new Set<string>();
    for (const predicate of predicates) this.#note(predicate, fragments);
    this.#fragments = [...fragments].toSorted((a, b) => b.length - a.length);
  }

  predicate(predicate: Predicate): string {
    return this.#scrub(printPredicate(this.#ofPredicate(predicate)));
  }

  rule(rule: Rule): string {
    const shown = { ...this.#ofQuery(rule), head: this.#ofPredicate(rule.head) };
    return this.#scrub(printRule(shown));
  }

  query(query: Query): string {
    return this.#scrub(printQuery(this.#ofQuery(query)));
  }

  check(check: Check): string {
    const queries = check.queries.map((query) => this.#ofQuery(query));
    return this.#scrub(printCheck({ ...check, queries }));
  }

  policy(policy: Policy): string {
    const queries = policy.queries.map((query) => this.#ofQuery(query));
    return this.#scrub(printPolicy({ ...policy, queries }));
  }

  expression(expression: Expression): string {
    return this.#scrub(printExpression(this.#ofExpression(expression)));
  }

  term(term: Term): string {
    return this.#scrub(printTerm(this.#ofTerm(term)));
  }

  /** The value of an expression: hidden as well when it was computed from something hidden. */
  computed(expression: Expression, bindings: Bindings, value: Value): string {
    const isTainted = this.#touchesHidden(expression, bindings);
    return isTainted && this.#replacement(value) === undefined ? HIDDEN : this.term(value);
  }

  /** Text of other making: names, messages. */
  text(text: string): string {
    return this.#scrub(text);
  }

  #note({ name, terms }: Predicate, fragments: Set<string>): void {
    for (const [index, term] of terms.entries()) {
      if (term instanceof Variable) continue;
      const chosen = this.#choose(name, index, printValue(term));
      if (chosen === false) continue;
      this.#hide(term, typeof chosen === "string" ? chosen : HIDDEN);
      for (const text of textsOf(term)) {
        if (text.length >= SHORTEST_INSIDE_VALUES) fragments.add(text);
      }
    }
  }

  /** What a collection holds can turn up alone: closures take it apart. */
  #hide(value: Value, replacement: string): void {
    this.#hidden.set(keyOf(value), replacement);
    for (const part of partsOfValue(value)) {
      if (!this.#hidden.has(keyOf(part))) this.#hide(part, HIDDEN);
    }
  }

  #replacement(value: Value): string | undefined {
    const own = this.#hidden.get(keyOf(value));
    if (own !== undefined || this.#hidden.size === 0) return own;
    if (typeof value === "boolean" || value === null) return undefined;
    const texts = textsOf(value);
    const holdsHidden =
      this.#fragments.some((fragment) => texts.some((text) => text.includes(fragment))) ||
      partsOfValue(value).some((part) => this.#replacement(part) !== undefined);
    return holdsHidden ? HIDDEN : undefined;
  }

  #ofTerm(term: Term): Term {
    if (term instanceof Variable) return term;
    const replacement = this.#replacement(term);
    return replacement === undefined ? term : new Placeholder(replacement);
  }

  #ofPredicate({ name, terms }: Predicate): Predicate {
    return { name, terms: terms.map((term) => this.#ofTerm(term)) };
  }

  #ofQuery(query: Query): Query {
    return {
      body: query.body.map((predicate) => this.#ofPredicate(predicate)),
      expressions: query.expressions.map((expression) => this.#ofExpression(expression)),
      scopes: query.scopes,
    };
  }

  #ofExpression(expression: Expression): Expression {
    return mapTerms(expression, (term) => this.#ofTerm(term));
  }

  #touchesHidden(expression: Expression, bindings: Bindings): boolean {
    let isTouched = false;
    mapTerms(expression, (term) => {
      const value = term instanceof Variable ? bindings.get(term.name) : term;
      isTouched ||= value !== undefined && this.#replacement(value) !== undefined;
      return term;
    });
    return isTouched;
  }

  /** The last net: names, for instance, can be equal to a hidden value. */
  #scrub(text: string): string {
    let scrubbed = text;
    for (const fragment of this.#fragments) {
      if (fragment.length < SHORTEST_INSIDE_TEXT) break;
      scrubbed = scrubbed.replaceAll(fragment, HIDDEN);
    }
    return scrubbed;
  }
}

const partsOfValue = (value: Value): readonly Value[] =>
  isComposite(value) && value.type !== "date" && value.type !== "bytes" ? elementsOf(value) : [];

/** How a value can appear in text: strings without quotes as well, and the parts of collections. */
function textsOf(value: Value): string[] {
  if (typeof value === "string") return [value, printValue(value).slice(1, -1)];
  if (typeof value === "boolean" || value === null) return [];
  return [printValue(value), ...partsOfValue(value).flatMap(textsOf)];
}

type TermMap = (term: Term) => Term;

const MAPPERS: ExpressionVisitor<TermMap, Expression> = {
  term: (expression, map) => ({ ...expression, term: map(expression.term) }),
  unary: (expression, map) => ({ ...expression, operand: mapTerms(expression.operand, map) }),
  binary: (expression, map) => ({
    ...expression,
    left: mapTerms(expression.left, map),
    right: mapTerms(expression.right, map),
  }),
  lazy: (expression, map) => ({
    ...expression,
    left: mapTerms(expression.left, map),
    right: mapTerms(expression.right, map),
  }),
  quantifier: (expression, map) => ({
    ...expression,
    collection: mapTerms(expression.collection, map),
    body: mapTerms(expression.body, map),
  }),
  try: (expression, map) => ({
    ...expression,
    attempt: mapTerms(expression.attempt, map),
    fallback: mapTerms(expression.fallback, map),
  }),
  extern: (expression, map) => ({
    ...expression,
    operand: mapTerms(expression.operand, map),
    argument: expression.argument === undefined ? undefined : mapTerms(expression.argument, map),
  }),
};

function mapTerms(expression: Expression, map: TermMap): Expression {
  return visit(expression, MAPPERS, map);
}
