import type { PublicKey } from "../crypto/public-key.ts";
import type { Value } from "../values/value.ts";
import type { BinaryOperator, LazyOperator, Quantifier, UnaryOperator } from "./operators.ts";

/** `$name` in rules and queries. */
export class Variable {
  readonly type = "variable";
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Values of parameters by name. */
export type ParameterValues = ReadonlyMap<string, Value>;

/**
 * `{name}` in a policy, or a collection that holds such: a value that each decision brings. To a query it is a variable
 * that has its value before the query begins; its `name` is its source, which no variable's can be.
 */
export class Parameter extends Variable {
  readonly fill: (values: ParameterValues) => Value;

  constructor(source: string, fill: (values: ParameterValues) => Value) {
    super(source);
    this.fill = fill;
  }
}

export type Term = Value | Variable;

export interface Predicate {
  readonly name: string;
  readonly terms: readonly Term[];
}

/** A predicate without variables. */
export interface Fact extends Predicate {
  readonly terms: readonly Value[];
}

/** Whose facts a query may use besides its own block's and the authorizer's. */
export type Scope = "authority" | "previous" | PublicKey;

/** The parts of each kind of expression. */
interface ExpressionParts {
  readonly term: { readonly term: Term };
  readonly unary: { readonly operator: UnaryOperator; readonly operand: Expression };
  readonly binary: {
    readonly operator: BinaryOperator;
    readonly left: Expression;
    readonly right: Expression;
  };
  /** `&&` and `||`: the right side is only evaluated when it decides. */
  readonly lazy: {
    readonly operator: LazyOperator;
    readonly left: Expression;
    readonly right: Expression;
  };
  /** `collection.any($parameter -> body)` */
  readonly quantifier: {
    readonly operator: Quantifier;
    readonly collection: Expression;
    readonly parameter: string;
    readonly body: Expression;
  };
  /** `attempt.try_or(fallback)`: only errors of the attempt are caught. */
  readonly try: { readonly attempt: Expression; readonly fallback: Expression };
  /** `operand.extern::name(argument)` */
  readonly extern: {
    readonly name: string;
    readonly operand: Expression;
    readonly argument?: Expression | undefined;
  };
}

type ExpressionKind = keyof ExpressionParts;

/** An expression of one kind. */
export type ExpressionOf<Kind extends ExpressionKind> = {
  [Each in Kind]: { readonly kind: Each } & ExpressionParts[Each];
}[Kind];

/** An expression as a tree. The wire holds it as a list of operations for a stack machine. */
export type Expression = ExpressionOf<ExpressionKind>;

/** What to do with each kind of expression. */
export type ExpressionVisitor<Argument, Result> = {
  readonly [Kind in ExpressionKind]: (expression: ExpressionOf<Kind>, argument: Argument) => Result;
};

/** Does what `visitor` says for the kind of `expression`. */
export function visit<Kind extends ExpressionKind, Argument, Result>(
  expression: ExpressionOf<Kind>,
  visitor: {
    readonly [Each in Kind]: (expression: ExpressionOf<Each>, argument: Argument) => Result;
  },
  argument: Argument,
): Result {
  return visitor[expression.kind](expression, argument);
}

/** The expressions that an expression is made of, in the order they are written. */
export function partsOf(expression: Expression): readonly Expression[] {
  return visit(expression, PARTS, undefined);
}

const PARTS: ExpressionVisitor<undefined, readonly Expression[]> = {
  term: () => [],
  unary: ({ operand }) => [operand],
  binary: ({ left, right }) => [left, right],
  lazy: ({ left, right }) => [left, right],
  quantifier: ({ collection, body }) => [collection, body],
  try: ({ attempt, fallback }) => [attempt, fallback],
  extern: ({ operand, argument }) => (argument === undefined ? [operand] : [operand, argument]),
};

/** What must hold: the body of a rule, or one alternative of a check or policy. */
export interface Query {
  readonly body: readonly Predicate[];
  readonly expressions: readonly Expression[];
  /** Empty, and without `keyParameters`: the block's scopes apply. */
  readonly scopes: readonly Scope[];
  /** Names of parameters that stand after `trusting`, in policies only. Each is a public key. */
  readonly keyParameters?: readonly string[] | undefined;
}

export interface Rule extends Query {
  readonly head: Predicate;
}

/** `check if`, `check all` or `reject if`. */
export const CHECK_KINDS = ["one", "all", "reject"] as const;
export type CheckKind = (typeof CHECK_KINDS)[number];

export interface Check {
  readonly kind: CheckKind;
  readonly queries: readonly Query[];
}

export interface Policy {
  readonly kind: "allow" | "deny";
  readonly queries: readonly Query[];
}

/** The Datalog of one block. */
export interface BlockContent {
  readonly facts: readonly Fact[];
  readonly rules: readonly Rule[];
  readonly checks: readonly Check[];
  /** Of rules and checks that have none of their own. */
  readonly scopes: readonly Scope[];
  /** Free text for people; no meaning in evaluation. */
  readonly context?: string | undefined;
}

/** The Datalog of an authorizer: a block's and policies, tried in order. */
export interface Program extends BlockContent {
  readonly policies: readonly Policy[];
  /** What each decision has to bring; `undefined` where a program has no parameters. */
  readonly parameters?: ProgramParameters | undefined;
}

/** A fact with parameters among its terms. */
export interface OpenFact extends Predicate {
  readonly terms: readonly (Value | Parameter)[];
}

/** What a program leaves open. */
export interface ProgramParameters {
  /** Names of values. */
  readonly values: readonly string[];
  /** Names of public keys. */
  readonly keys: readonly string[];
  /** Everything in the program that values have to fill, each once. */
  readonly terms: readonly Parameter[];
  readonly facts: readonly OpenFact[];
  /** Parameters among the keys that the program as a whole trusts. */
  readonly blockKeys: readonly string[];
}
