import type { BlockContent, Check, CheckKind, Policy, Query, Rule, Scope } from "../datalog/ast.ts";
import { printExpression } from "./print-expression.ts";
import { printPredicate } from "./print-term.ts";

const CHECK_WORDS: Readonly<Record<CheckKind, string>> = {
  one: "check if",
  all: "check all",
  reject: "reject if",
};

function printScopes(scopes: readonly Scope[]): string {
  return scopes.length === 0
    ? ""
    : `trusting ${scopes.map((scope) => scope.toString()).join(", ")}`;
}

/** The body of a rule, or one alternative of a check or policy. An empty one always holds. */
export function printQuery(query: Query): string {
  const elements = [...query.body.map(printPredicate), ...query.expressions.map(printExpression)];
  const body = elements.length === 0 ? "true" : elements.join(", ");
  return query.scopes.length === 0 ? body : `${body} ${printScopes(query.scopes)}`;
}

const printQueries = (queries: readonly Query[]): string => queries.map(printQuery).join(" or ");

export function printRule(rule: Rule): string {
  return `${printPredicate(rule.head)} <- ${printQuery(rule)}`;
}

export function printCheck(check: Check): string {
  return `${CHECK_WORDS[check.kind]} ${printQueries(check.queries)}`;
}

export function printPolicy(policy: Policy): string {
  return `${policy.kind} if ${printQueries(policy.queries)}`;
}

/** A block as source: one statement a line, facts, then rules, then checks. */
export function printBlock(content: BlockContent): string {
  const statements = [
    ...(content.scopes.length === 0 ? [] : [printScopes(content.scopes)]),
    ...content.facts.map(printPredicate),
    ...content.rules.map(printRule),
    ...content.checks.map(printCheck),
  ];
  return statements.map((statement) => `${statement};\n`).join("");
}
