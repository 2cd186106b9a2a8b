import type { Value } from "../values/value.ts";
import {
  type Check,
  type CheckKind,
  type Parameter,
  type Policy,
  type Predicate,
  type Query,
  type Rule,
  type Scope,
  type Term,
  Variable,
} from "./ast.ts";
import { compileExpression, type Evaluator } from "./compile-expression.ts";
import type { PredicateTable } from "./predicate-table.ts";

/** What to do with one column of a row. */
export const BIND = 0;
export const COMPARE_BOUND = 1;
export const COMPARE_CONSTANT = 2;

/** `BIND` a variable's first occurrence, or compare with a constant or with what a variable has been bound to. */
export interface Column {
  readonly action: typeof BIND | typeof COMPARE_BOUND | typeof COMPARE_CONSTANT;
  /** Of the variable; -1 for constants. */
  readonly slot: number;
  readonly value: Value;
}

/** One predicate of a body. */
export interface Atom {
  /** Its number in the block's `PredicateTable`. */
  readonly predicate: number;
  readonly columns: readonly Column[];
  /** The columns whose value is known before this predicate is matched, so that an index may be asked. */
  readonly known: readonly number[];
}

export interface CompiledQuery {
  readonly atoms: readonly Atom[];
  readonly expressions: readonly Evaluator[];
  readonly scopes: readonly Scope[];
  readonly keyParameters: readonly string[];
}

/** A predicate that is filled in: each term a constant, or what a slot holds. */
export interface Template {
  readonly predicate: number;
  readonly terms: readonly TemplateTerm[];
}

/** `slot` is -1 for a constant. */
interface TemplateTerm {
  readonly slot: number;
  readonly value: Value;
}

export interface CompiledRule extends CompiledQuery {
  readonly head: Template;
  readonly source: Rule;
}

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

const NO_NAMES: readonly string[] = [];

/** Compiles the statements of one block, whose predicates share one numbering. */
export class Compiler {
  readonly #predicates: PredicateTable;
  /** Parameters have the first slots of every frame. */
  readonly #parameters: readonly Parameter[];

  constructor(predicates: PredicateTable, parameters: readonly Parameter[] = []) {
    this.#predicates = predicates;
    this.#parameters = parameters;
  }

  query(query: Query): CompiledQuery {
    return this.#query(query, this.#slots());
  }

  /** The rule's head must hold no variable that its body does not bind (`unboundInHead`). */
  rule(rule: Rule): CompiledRule {
    const slots = this.#slots();
    const query = this.#query(rule, slots);
    return { ...query, head: this.#template(rule.head, slots), source: rule };
  }

  check(check: Check): CompiledCheck {
    return {
      kind: check.kind,
      queries: check.queries.map((query) => this.query(query)),
      source: check,
    };
  }

  policy(policy: Policy): CompiledPolicy {
    return {
      kind: policy.kind,
      queries: policy.queries.map((query) => this.query(query)),
      source: policy,
    };
  }

  /** A fact whose terms may be parameters. */
  fact(fact: Predicate): Template {
    return this.#template(fact, this.#slots());
  }

  #slots(): Map<string, number> {
    const slots = new Map<string, number>();
    for (const { name } of this.#parameters) slots.set(name, slots.size);
    return slots;
  }

  #query(query: Query, slots: Map<string, number>): CompiledQuery {
    return {
      atoms: query.body.map((predicate) => this.#atom(predicate, slots)),
      expressions: query.expressions.map((expression) => compileExpression(expression, slots)),
      scopes: query.scopes,
      keyParameters: query.keyParameters ?? NO_NAMES,
    };
  }

  #atom({ name, terms }: Predicate, slots: Map<string, number>): Atom {
    const earlier = slots.size;
    const columns = terms.map((term) => columnOf(term, slots));
    const known: number[] = [];
    for (const [i, { action, slot }] of columns.entries()) {
      if (action !== BIND && slot < earlier) known.push(i);
    }
    return { predicate: this.#predicates.add(name, terms.length), columns, known };
  }

  #template({ name, terms }: Predicate, slots: ReadonlyMap<string, number>): Template {
    return {
      predicate: this.#predicates.add(name, terms.length),
      terms: terms.map((term) =>
        term instanceof Variable
          ? { slot: slots.get(term.name) ?? -1, value: null }
          : { slot: -1, value: term },
      ),
    };
  }
}

function columnOf(term: Term, slots: Map<string, number>): Column {
  if (!(term instanceof Variable)) return { action: COMPARE_CONSTANT, slot: -1, value: term };
  const known = slots.get(term.name);
  if (known !== undefined) return { action: COMPARE_BOUND, slot: known, value: null };
  const slot = slots.size;
  slots.set(term.name, slot);
  return { action: BIND, slot, value: null };
}
