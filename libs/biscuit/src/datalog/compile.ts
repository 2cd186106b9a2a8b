import type { Value } from "../values/value.ts";
import {
  type Check,
  type CheckKind,
  type Policy,
  type Predicate,
  type Query,
  type Rule,
  type Scope,
  Variable,
} from "./ast.ts";
import { compileExpression, type Evaluator } from "./compile-expression.ts";

/**
 * What to do with one column of a row: `bind` a variable's first occurrence, or compare with a constant or with what a
 * variable has been bound to.
 */
export type Column =
  | { readonly kind: "constant"; readonly value: Value }
  | {
      readonly kind: "bound";
      readonly slot: number;
      /** By an earlier predicate, so that an index may be asked. */ readonly isEarlier: boolean;
    }
  | { readonly kind: "bind"; readonly slot: number };

/** One predicate of a body. */
export interface Atom {
  /** See `relationKey`. */
  readonly relation: string;
  readonly columns: readonly Column[];
}

export interface CompiledQuery {
  readonly atoms: readonly Atom[];
  readonly expressions: readonly Evaluator[];
  readonly scopes: readonly Scope[];
}

export interface CompiledRule extends CompiledQuery {
  readonly head: { readonly relation: string; readonly terms: readonly HeadTerm[] };
  readonly source: Rule;
}

/** A constant, or the slot whose value the fact takes. */
export type HeadTerm = { readonly value: Value } | { readonly slot: number };

export interface CompiledCheck {
  readonly kind: CheckKind;
  readonly queries: readonly CompiledQuery[];
  readonly source: Check;
}

export interface CompiledPolicy {
  readonly kind: Policy["kind"];
  readonly queries: readonly CompiledQuery[];
  readonly source: Policy;
}

/** Predicates of different arity are different predicates. No name can imitate another's key. */
export const relationKey = (name: string, arity: number): string => `${arity}/${name}`;

function compileAtom(predicate: Predicate, slots: Map<string, number>): Atom {
  const earlier = slots.size;
  const columns = predicate.terms.map((term): Column => {
    if (!(term instanceof Variable)) return { kind: "constant", value: term };
    const known = slots.get(term.name);
    if (known !== undefined) return { kind: "bound", slot: known, isEarlier: known < earlier };
    const slot = slots.size;
    slots.set(term.name, slot);
    return { kind: "bind", slot };
  });
  return { relation: relationKey(predicate.name, predicate.terms.length), columns };
}

function compileWithSlots(query: Query): { compiled: CompiledQuery; slots: Map<string, number> } {
  const slots = new Map<string, number>();
  const atoms = query.body.map((predicate) => compileAtom(predicate, slots));
  const expressions = query.expressions.map((expression) => compileExpression(expression, slots));
  return { compiled: { atoms, expressions, scopes: query.scopes }, slots };
}

export function compileQuery(query: Query): CompiledQuery {
  return compileWithSlots(query).compiled;
}

/** The rule's head must hold no variable that its body does not bind (`unboundInHead`). */
export function compileRule(rule: Rule): CompiledRule {
  const { compiled, slots } = compileWithSlots(rule);
  const terms = rule.head.terms.map((term): HeadTerm =>
    term instanceof Variable ? { slot: slots.get(term.name) ?? -1 } : { value: term },
  );
  const relation = relationKey(rule.head.name, terms.length);
  return { ...compiled, head: { relation, terms }, source: rule };
}

export function compileCheck(check: Check): CompiledCheck {
  return { kind: check.kind, queries: check.queries.map(compileQuery), source: check };
}

export function compilePolicy(policy: Policy): CompiledPolicy {
  return { kind: policy.kind, queries: policy.queries.map(compileQuery), source: policy };
}
