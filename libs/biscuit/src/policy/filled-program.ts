import type { PublicKey } from "../crypto/public-key.ts";
import {
  type Check,
  type Expression,
  type ExpressionOf,
  type ExpressionVisitor,
  type Fact,
  type OpenFact,
  Parameter,
  type Policy,
  type Predicate,
  type Program,
  type Query,
  type Rule,
  type Term,
  visit,
} from "../datalog/ast.ts";
import type { ParameterInputs } from "../syntax/source-parameters.ts";
import type { Value } from "../values/value.ts";
import { type Filling, fillingOf } from "./policy-parameters.ts";

/** The program with values where its parameters are, for those who show it. */
export function fillProgram(program: Program, inputs: ParameterInputs): Program {
  const { parameters } = program;
  if (parameters === undefined) return program;
  const filling = fillingOf(parameters, inputs);
  const keys = keysOf(parameters.blockKeys, filling);
  const facts = parameters.facts.map((fact) => fillFact(fact, filling));
  return {
    facts: [...program.facts, ...facts],
    rules: program.rules.map((rule) => fillRule(rule, filling)),
    checks: program.checks.map((check) => fillQueries(check, filling)),
    policies: program.policies.map((policy) => fillQueries(policy, filling)),
    scopes: [...program.scopes, ...keys],
  };
}

const keysOf = (names: readonly string[], { keys }: Filling): readonly PublicKey[] =>
  names.flatMap((name) => keys.get(name) ?? []);

function fillTerm<Other>(term: Other | Parameter, { values }: Filling): Other | Value {
  return term instanceof Parameter ? term.fill(values) : term;
}

const fillPredicate = ({ name, terms }: Predicate, filling: Filling): Predicate => ({
  name,
  terms: terms.map((term: Term) => fillTerm(term, filling)),
});

/** The grammar lets no variable stand in a fact. */
const fillFact = ({ name, terms }: OpenFact, filling: Filling): Fact => ({
  name,
  terms: terms.map((term) => fillTerm(term, filling)),
});

function fillRule(rule: Rule, filling: Filling): Rule {
  return { ...fillQuery(rule, filling), head: fillPredicate(rule.head, filling) };
}

function fillQueries<Statement extends Check | Policy>(
  statement: Statement,
  filling: Filling,
): Statement {
  return { ...statement, queries: statement.queries.map((query) => fillQuery(query, filling)) };
}

function fillQuery({ body, expressions, scopes, keyParameters }: Query, filling: Filling): Query {
  return {
    body: body.map((predicate) => fillPredicate(predicate, filling)),
    expressions: expressions.map((expression) => fillExpression(expression, filling)),
    scopes: [...scopes, ...keysOf(keyParameters ?? [], filling)],
  };
}

const FILLERS: ExpressionVisitor<Filling, Expression> = {
  term: ({ term }, filling) => ({ kind: "term", term: fillTerm(term, filling) }),
  unary: (expression, filling) => ({
    ...expression,
    operand: fillExpression(expression.operand, filling),
  }),
  binary: fillSides,
  lazy: fillSides,
  quantifier: (expression, filling) => ({
    ...expression,
    collection: fillExpression(expression.collection, filling),
    body: fillExpression(expression.body, filling),
  }),
  try: ({ kind, attempt, fallback }, filling) => ({
    kind,
    attempt: fillExpression(attempt, filling),
    fallback: fillExpression(fallback, filling),
  }),
  extern: ({ kind, name, operand, argument }, filling) => ({
    kind,
    name,
    operand: fillExpression(operand, filling),
    argument: argument && fillExpression(argument, filling),
  }),
};

function fillSides<Infix extends ExpressionOf<"binary"> | ExpressionOf<"lazy">>(
  expression: Infix,
  filling: Filling,
): Infix {
  const { left, right } = expression;
  return {
    ...expression,
    left: fillExpression(left, filling),
    right: fillExpression(right, filling),
  };
}

const fillExpression = (expression: Expression, filling: Filling): Expression =>
  visit(expression, FILLERS, filling);
