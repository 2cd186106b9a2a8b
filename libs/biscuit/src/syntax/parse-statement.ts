import { PublicKey } from "../crypto/public-key.ts";
import {
  type Check,
  type CheckKind,
  type Expression,
  type Fact,
  type OpenFact,
  type Policy,
  type Predicate,
  type Query,
  type Rule,
  type Scope,
  type Term,
} from "../datalog/ast.ts";
import { isDeeperThan } from "../datalog/depth.ts";
import { boundVariables, unboundInExpressions, unboundInHead } from "../datalog/variables.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";
import type { Cursor } from "./cursor.ts";
import { PARAMETER } from "./names.ts";
import { parseExpression } from "./parse-expression.ts";
import { isItem, isValue, type Item, parseTerm, parseValue } from "./parse-term.ts";
import { offsetOfVariable } from "./scan.ts";

const PUBLIC_KEY = /(?:ed25519|secp256r1)\/[0-9a-fA-F]*/y;

/** One statement, without its semicolon. */
export type Statement =
  | ({ readonly kind: "scopes" } & Scopes)
  | { readonly kind: "fact"; readonly fact: Fact }
  /** A fact that waits for parameters. */
  | { readonly kind: "open-fact"; readonly fact: OpenFact }
  | { readonly kind: "rule"; readonly rule: Rule }
  | { readonly kind: "check"; readonly check: Check }
  | { readonly kind: "policy"; readonly policy: Policy };

/** What stands after `trusting`. */
interface Scopes {
  readonly scopes: readonly Scope[];
  /** Names of parameters that stand for keys. */
  readonly keyParameters?: readonly string[];
}

const NO_SCOPES: Scopes = { scopes: [] };

const CHECKS: readonly (readonly [CheckKind, readonly string[]])[] = [
  ["one", ["check", "if"]],
  ["all", ["check", "all"]],
  ["reject", ["reject", "if"]],
];
const POLICIES: readonly (readonly [Policy["kind"], readonly string[]])[] = [
  ["allow", ["allow", "if"]],
  ["deny", ["deny", "if"]],
];

export function parseStatement(cursor: Cursor): Statement {
  // Keywords are no reserved words: a predicate may be called `trusting`.
  if (cursor.startsWith("trusting") && !isPredicate(cursor) && cursor.tryWord("trusting")) {
    return { kind: "scopes", ...parseScopeList(cursor) };
  }
  for (const [kind, words] of CHECKS) {
    if (cursor.tryKeywords(words))
      return { kind: "check", check: { kind, queries: parseQueries(cursor) } };
  }
  for (const [kind, words] of POLICIES) {
    if (cursor.tryKeywords(words))
      return { kind: "policy", policy: { kind, queries: parseQueries(cursor) } };
  }
  return parseFactOrRule(cursor);
}

/** A predicate here, unless what stands here is no name with an opening parenthesis. */
function tryPredicateName(cursor: Cursor): string | undefined {
  const start = cursor.offset;
  const name = cursor.tryName();
  cursor.skipBlank();
  if (name !== undefined && cursor.tryText("(")) return name;
  cursor.rewind(start);
  return undefined;
}

function isPredicate(cursor: Cursor): boolean {
  const start = cursor.offset;
  const name = tryPredicateName(cursor);
  cursor.rewind(start);
  return name !== undefined;
}

function parseTerms<Item extends Term>(cursor: Cursor, parse: (cursor: Cursor) => Item): Item[] {
  const terms: Item[] = [];
  do {
    terms.push(parse(cursor));
    cursor.skipBlank();
  } while (cursor.tryText(","));
  if (!cursor.tryText(")")) throw cursor.unexpected(['","', '")"'], "after a term");
  if (terms.length > LIMITS.arity) {
    throw cursor.error(`a predicate has at most ${LIMITS.arity} terms`, [], "too-large");
  }
  return terms;
}

function parseHead(cursor: Cursor, name: string): Predicate {
  cursor.skipBlank();
  return { name, terms: cursor.tryText(")") ? [] : parseTerms(cursor, parseTerm) };
}

function parseFactOrRule(cursor: Cursor): Statement {
  const start = cursor.offset;
  const name = tryPredicateName(cursor);
  if (name === undefined) {
    throw cursor.unexpected(["a fact", "a rule", "a check", "a policy"]);
  }
  const afterName = cursor.offset;
  const head = parseHead(cursor, name);
  cursor.skipBlank();
  if (cursor.tryText("<-")) return { kind: "rule", rule: parseRuleBody(cursor, head, start) };
  const items = head.terms.filter(isItem);
  if (items.length > 0 && items.length === head.terms.length) return factOf(name, items);
  // Parsed again as a fact, so that an error stands where the first variable does.
  cursor.rewind(afterName);
  return factOf(name, parseTerms(cursor, parseValue));
}

function factOf(name: string, items: readonly Item[]): Statement {
  const terms = items.filter(isValue);
  return terms.length === items.length
    ? { kind: "fact", fact: { name, terms } }
    : { kind: "open-fact", fact: { name, terms: items } };
}

function parseRuleBody(cursor: Cursor, head: Predicate, start: number): Rule {
  const { body, expressions, scopes, keyParameters } = parseQuery(cursor);
  const rule = { head, body, expressions, scopes, keyParameters };
  const unbound = unboundInHead(head, rule.body);
  if (unbound.length > 0) {
    const names = unbound.map((name) => `$${name}`).join(", ");
    throw cursor.error(
      `no predicate of the body binds ${names} of the head`,
      [...boundVariables(rule.body)].map((name) => `$${name}`),
      "invalid-rule",
      offsetOfVariable(cursor.source.text, unbound[0] ?? "", start, cursor.offset) ?? start,
    );
  }
  return rule;
}

function parseQueries(cursor: Cursor): Query[] {
  const queries: Query[] = [];
  do {
    queries.push(parseQuery(cursor));
    cursor.skipBlank();
  } while (cursor.tryWord("or", true));
  return queries;
}

/** The body of a rule, or one alternative of a check or policy. */
export function parseQuery(cursor: Cursor): Query {
  cursor.skipBlank();
  const start = cursor.offset;
  const body: Predicate[] = [];
  const expressions: Expression[] = [];
  do {
    cursor.skipBlank();
    const name = tryPredicateName(cursor);
    if (name === undefined) expressions.push(parseBoundedExpression(cursor));
    else body.push({ name, terms: parseTerms(cursor, parseTerm) });
    cursor.skipBlank();
  } while (cursor.tryText(","));
  const { scopes, keyParameters } = parseScopes(cursor);
  const query = { body, expressions, scopes, keyParameters };
  checkQuery(cursor, query, start);
  cursor.queryOffsets?.set(query, start);
  return query;
}

/** Operators in a row nest as deep as parentheses do, without the parser's recursion showing it. */
function parseBoundedExpression(cursor: Cursor): Expression {
  const at = cursor.offset;
  const expression = parseExpression(cursor);
  if (
    cursor.offset - at > LIMITS.expressionDepth &&
    isDeeperThan(expression, LIMITS.expressionDepth)
  ) {
    throw cursor.error(
      `an expression is more than ${LIMITS.expressionDepth} deep`,
      [],
      "too-large",
      at,
    );
  }
  return expression;
}

function checkQuery(cursor: Cursor, query: Query, start: number): void {
  if (query.body.length > LIMITS.bodyPredicates) {
    const message = `a body has at most ${LIMITS.bodyPredicates} predicates`;
    throw cursor.error(message, [], "too-large", start);
  }
  const unbound = unboundInExpressions(query);
  if (unbound.length === 0) return;
  const names = [...new Set(unbound)].map((name) => `$${name}`).join(", ");
  const bound = [...boundVariables(query.body)].map((name) => `$${name}`);
  const at = unbound.map((name) =>
    offsetOfVariable(cursor.source.text, name, start, cursor.offset),
  );
  throw cursor.error(`no predicate here binds ${names}`, bound, "invalid-rule", at[0] ?? start);
}

function parseScopes(cursor: Cursor): Scopes {
  return cursor.tryWord("trusting") ? parseScopeList(cursor) : NO_SCOPES;
}

function parseScopeList(cursor: Cursor): Scopes {
  const scopes: Scope[] = [];
  const keyParameters: string[] = [];
  do {
    cursor.skipBlank();
    const name = cursor.tryMatch(PARAMETER)?.[1];
    const scope = name === undefined ? parseScope(cursor) : cursor.source.parameters.key(name);
    if (scope !== undefined) scopes.push(scope);
    else if (name !== undefined) keyParameters.push(name);
    cursor.skipBlank();
  } while (cursor.tryText(","));
  return keyParameters.length === 0 ? { scopes } : { scopes, keyParameters };
}

function parseScope(cursor: Cursor): Scope {
  if (cursor.tryWord("authority")) return "authority";
  if (cursor.tryWord("previous")) return "previous";
  const at = cursor.offset;
  const key = cursor.tryMatch(PUBLIC_KEY)?.[0];
  if (key !== undefined) return parseKey(cursor, key, at);
  const hole = cursor.tryHole();
  if (hole?.value instanceof PublicKey) return hole.value;
  if (hole !== undefined)
    throw cursor.error("only a PublicKey can be trusted", [], "invalid-value", at);
  throw cursor.unexpected(["authority", "previous", "a public key"], "after trusting");
}

function parseKey(cursor: Cursor, text: string, at: number): PublicKey {
  try {
    return PublicKey.fromString(text);
  } catch (cause) {
    throw cursor.error(cause instanceof BiscuitError ? cause.message : "no key", [], "syntax", at);
  }
}
