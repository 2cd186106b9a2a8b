import {
  type Expression,
  Parameter,
  partsOf,
  type Predicate,
  type Query,
  type Term,
  Variable,
} from "./ast.ts";

const inTerms = (terms: readonly Term[]): string[] =>
  terms.flatMap((term) =>
    term instanceof Variable && !(term instanceof Parameter) ? [term.name] : [],
  );

/** Variables that the predicates of a body bind. */
export function boundVariables(body: readonly Predicate[]): Set<string> {
  return new Set(body.flatMap((predicate) => inTerms(predicate.terms)));
}

/** Variables of a rule's head that no predicate of its body binds. */
export function unboundInHead(head: Predicate, body: readonly Predicate[]): string[] {
  const bound = boundVariables(body);
  return inTerms(head.terms).filter((name) => !bound.has(name));
}

function freeIn(expression: Expression, bound: ReadonlySet<string>): string[] {
  if (expression.kind === "term") {
    return inTerms([expression.term]).filter((name) => !bound.has(name));
  }
  if (expression.kind === "quantifier") {
    const inner = new Set([...bound, expression.parameter]);
    return [...freeIn(expression.collection, bound), ...freeIn(expression.body, inner)];
  }
  return partsOf(expression).flatMap((part) => freeIn(part, bound));
}

/** Variables of a query's expressions that neither a predicate nor a closure binds. */
export function unboundInExpressions(query: Query): string[] {
  const bound = boundVariables(query.body);
  return query.expressions.flatMap((expression) => freeIn(expression, bound));
}
