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
import { reasonOf } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";
import type { Cursor } from "./cursor.ts";
import { PARAMETER } from "./names.ts";
import { parseExpression } from "./parse-expression.ts";
import { isItem, isValue, type Item, parseTerm, parseValue } from "./parse-term.ts";
import { type Problem, sourceHelp } from "./problem.ts";

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

const CHECK_WORDS: Readonly<Record<CheckKind, readonly string[]>> = {
  one: ["check", "if"],
  all: ["check", "all"],
  reject: ["reject", "if"],
};
const POLICY_WORDS: Readonly<Record<Policy["kind"], readonly string[]>> = {
  allow: ["allow", "if"],
  deny: ["deny", "if"],
};

function tryCheck(cursor: Cursor): CheckKind | undefined {
  if (cursor.tryKeywords(CHECK_WORDS.one)) return "one";
  if (cursor.tryKeywords(CHECK_WORDS.all)) return "all";
  return cursor.tryKeywords(CHECK_WORDS.reject) ? "reject" : undefined;
}

function tryPolicy(cursor: Cursor): Policy["kind"] | undefined {
  if (cursor.tryKeywords(POLICY_WORDS.allow)) return "allow";
  return cursor.tryKeywords(POLICY_WORDS.deny) ? "deny" : undefined;
}

const LETTERS = { a: 0x61, c: 0x63, d: 0x64, r: 0x72, t: 0x74 } as const;

/** The first letter tells which keywords may stand here: most statements are facts and rules, which begin with none. */
export function parseStatement(cursor: Cursor): Statement {
  switch (cursor.letter) {
    case LETTERS.c:
    case LETTERS.r:
      return parseCheck(cursor) ?? parseFactOrRule(cursor);
    case LETTERS.a:
    case LETTERS.d:
      return parsePolicy(cursor) ?? parseFactOrRule(cursor);
    case LETTERS.t:
      return parseBlockScopes(cursor) ?? parseFactOrRule(cursor);
    default:
      return parseFactOrRule(cursor);
  }
}

/** Keywords are no reserved words: a predicate may be called `trusting`. */
function parseBlockScopes(cursor: Cursor): Statement | undefined {
  if (!cursor.startsWith("trusting") || isPredicate(cursor) || !cursor.tryWord("trusting"))
    return undefined;
  return { kind: "scopes", ...parseScopeList(cursor) };
}

function parseCheck(cursor: Cursor): Statement | undefined {
  const kind = tryCheck(cursor);
  return kind && { kind: "check", check: { kind, queries: parseQueries(cursor) } };
}

function parsePolicy(cursor: Cursor): Statement | undefined {
  const kind = tryPolicy(cursor);
  return kind && { kind: "policy", policy: { kind, queries: parseQueries(cursor) } };
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

function parseTerms<Part extends Term>(cursor: Cursor, parse: (cursor: Cursor) => Part): Part[] {
  const terms: Part[] = [];
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
  const { terms } = head;
  if (terms.length > 0 && terms.every(isItem)) return factOf(name, terms);
  // Parsed again as a fact, so that an error stands where the first variable does.
  cursor.rewind(afterName);
  return factOf(name, parseTerms(cursor, parseValue));
}

function factOf(name: string, items: readonly Item[]): Statement {
  return items.every(isValue)
    ? { kind: "fact", fact: { name, terms: items } }
    : { kind: "open-fact", fact: { name, terms: items } };
}

function parseRuleBody(cursor: Cursor, head: Predicate, start: number): Rule {
  const { body, expressions, scopes, keyParameters } = parseQuery(cursor);
  const rule = { head, body, expressions, scopes, keyParameters };
  const unbound = unboundInHead(head, rule.body);
  if (unbound.length === 0) return rule;
  throw unboundError(cursor, rule, unbound, start, "of the body");
}

/** Each once, as they are written. */
const written = (names: Iterable<string>): string[] =>
  Array.from(new Set(names), (name) => `$${name}`);

function unboundError(
  cursor: Cursor,
  { body }: Query,
  unbound: readonly string[],
  start: number,
  where: string,
): Problem {
  const [first = ""] = unbound;
  return cursor.error(
    `no predicate ${where} binds ${written(unbound).join(", ")}`,
    written(boundVariables(body)),
    "invalid-rule",
    sourceHelp()?.offsetOfVariable(cursor.source.text, first, start, cursor.offset) ?? start,
  );
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
  if (unbound.length > 0) throw unboundError(cursor, query, unbound, start, "here");
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
    throw cursor.error(reasonOf(cause), [], "syntax", at);
  }
}
