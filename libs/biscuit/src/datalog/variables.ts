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

/** Terms of a body up to which a walk is cheaper than a set. */
const WALK_UP_TO = 16;

/** Tells which variables are bound. */
interface Bound {
  has(name: string): boolean;
}

/** As `boundVariables`, without a set where a walk does. */
function boundBy(body: readonly Predicate[]): Bound {
  let count = 0;
  for (const { terms } of body) count += terms.length;
  return count > WALK_UP_TO ? boundVariables(body) : { has: (name) => isBound(name, body) };
}

function isBound(name: string, body: readonly Predicate[]): boolean {
  for (const { terms } of body)
    for (const term of terms) if (isFree(term) && term.name === name) return true;
  return false;
}

/** Variables of a rule's head that no predicate of its body binds. */
export function unboundInHead(head: Predicate, body: readonly Predicate[]): string[] {
  const unbound: string[] = [];
  const bound = boundBy(body);
  for (const term of head.terms) if (isFree(term) && !bound.has(term.name)) unbound.push(term.name);
  return unbound;
}

function collectFree(expression: Expression, bound: Bound, into: string[]): void {
  if (expression.kind === "term") {
    const { term } = expression;
    if (isFree(term) && !bound.has(term.name)) into.push(term.name);
  } else if (expression.kind === "quantifier") {
    collectFree(expression.collection, bound, into);
    const { parameter } = expression;
    const within = { has: (name: string) => name === parameter || bound.has(name) };
    collectFree(expression.body, within, into);
  } else for (const part of partsOf(expression)) collectFree(part, bound, into);
}

/** Variables of a query's expressions that neither a predicate nor a closure binds. */
export function unboundInExpressions({ body, expressions }: Query): string[] {
  const free: string[] = [];
  if (expressions.length === 0) return free;
  const bound = boundBy(body);
  for (const expression of expressions) collectFree(expression, bound, free);
  return free;
}
