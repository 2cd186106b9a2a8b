import type {
  BlockContent,
  Check,
  CheckKind,
  Policy,
  Program,
  ProgramParameters,
  Query,
  Rule,
  Scope,
} from "../datalog/ast.ts";
import { printExpression } from "./print-expression.ts";
import { printPredicate } from "./print-term.ts";

const CHECK_WORDS: Readonly<Record<CheckKind, string>> = {
  one: "check if",
  all: "check all",
  reject: "reject if",
};

function printScopes(scopes: readonly Scope[], keyParameters: readonly string[] = []): string {
  const all = [
    ...scopes.map((scope) => scope.toString()),
    ...keyParameters.map((name) => `{${name}}`),
  ];
  return all.length === 0 ? "" : `trusting ${all.join(", ")}`;
}

/** The body of a rule, or one alternative of a check or policy. An empty one always holds. */
export function printQuery(query: Query): string {
  const elements = [...query.body.map(printPredicate), ...query.expressions.map(printExpression)];
  const body = elements.length === 0 ? "true" : elements.join(", ");
  return `${body} ${printScopes(query.scopes, query.keyParameters)}`.trimEnd();
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
  return printStatements(content, undefined);
}

/** An authorizer as source: as a block, then its policies. */
export function printProgram(program: Program): string {
  const policies = program.policies.map((policy) => `${printPolicy(policy)};\n`);
  return printStatements(program, program.parameters) + policies.join("");
}

function printStatements(content: BlockContent, parameters: ProgramParameters | undefined): string {
  const scopes = printScopes(content.scopes, parameters?.blockKeys);
  const statements = [
    ...(scopes === "" ? [] : [scopes]),
    ...content.facts.map(printPredicate),
    ...(parameters?.facts ?? []).map(printPredicate),
    ...content.rules.map(printRule),
    ...content.checks.map(printCheck),
  ];
  return statements.map((statement) => `${statement};\n`).join("");
}
