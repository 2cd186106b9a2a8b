import {
  type Expression,
  Parameter,
  partsOf,
  type Predicate,
  type Query,
  type Term,
  Variable,
} from "./ast.ts";

const isFree = (term: Term): term is Variable =>
  term instanceof Variable && !(term instanceof Parameter);

/** Variables that the predicates of a body bind. */
export function boundVariables(body: readonly Predicate[]): Set<string> {
  const bound = new Set<string>();
  for (const { terms } of body) for (const term of terms) if (isFree(term)) bound.add(term.name);
  return bound;
}

/** Variables of a rule's head that no predicate of its body binds. */
export function unboundInHead(head: Predicate, body: readonly Predicate[]): string[] {
  const bound = boundVariables(body);
  return head.terms.flatMap((term) => (isFree(term) && !bound.has(term.name) ? [term.name] : []));
}

function collectFree(expression: Expression, bound: ReadonlySet<string>, into: string[]): void {
  if (expression.kind === "term") {
    const { term } = expression;
    if (isFree(term) && !bound.has(term.name)) into.push(term.name);
  } else if (expression.kind === "quantifier") {
    collectFree(expression.collection, bound, into);
    collectFree(expression.body, new Set([...bound, expression.parameter]), into);
  } else for (const part of partsOf(expression)) collectFree(part, bound, into);
}

/** Variables of a query's expressions that neither a predicate nor a closure binds. */
export function unboundInExpressions({ body, expressions }: Query): string[] {
  const free: string[] = [];
  if (expressions.length === 0) return free;
  const bound = boundVariables(body);
  for (const expression of expressions) collectFree(expression, bound, free);
  return free;
}
