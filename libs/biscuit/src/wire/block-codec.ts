import type { PublicKey } from "../crypto/public-key.ts";
import {
  type BlockContent,
  type Check,
  CHECK_KINDS,
  type Expression,
  type Fact,
  type Predicate,
  type Query,
  type Rule,
  type Scope,
  Variable,
} from "../datalog/ast.ts";
import { MAX_VERSION, MIN_VERSION, VERSION_3_2 } from "../datalog/operators.ts";
import { versionOf } from "../datalog/version.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { LIMITS } from "../limits.ts";
import { readPublicKey, writePublicKey } from "./envelope.ts";
import { readExpression, writeExpression } from "./expression-codec.ts";
import { type FieldQuota, MessageReader } from "./message-reader.ts";
import { MessageWriter } from "./message-writer.ts";
import type { SymbolTable } from "./symbols.ts";
import { quickTerm, readTerm, variableForValue, writeTerm } from "./term-codec.ts";

/** A block's Datalog with what the wire says about it. */
export interface DecodedBlock {
  readonly content: BlockContent;
  readonly version: number;
  /** Declared by this block, in order. */
  readonly symbols: readonly string[];
  readonly publicKeys: readonly PublicKey[];
}

function readPredicate(message: MessageReader, symbols: SymbolTable): Predicate {
  const name = symbols.textOf(message.uint64(1));
  const count = message.count(2);
  if (count > LIMITS.arity) {
    throw new BiscuitError("too-large", `a predicate has ${count} terms; at most ${LIMITS.arity}`);
  }
  return { name, terms: message.each(2, "Term", readTerm, symbols, quickTerm) };
}

const readHead = (message: MessageReader, symbols: SymbolTable): Predicate =>
  readPredicate(message.message(1, "Predicate"), symbols);

const isFact = (predicate: Predicate): predicate is Fact =>
  !predicate.terms.some((term) => term instanceof Variable);

export function readFact(message: MessageReader, symbols: SymbolTable): Fact {
  const fact = readHead(message, symbols);
  if (isFact(fact)) return fact;
  throw variableForValue();
}

export function readScope(message: MessageReader, symbols: SymbolTable): Scope {
  return message.oneOf([1, 2]) === 1
    ? message.enumeration(1, ["authority", "previous"] as const)
    : symbols.keyOf(message.int64(2));
}

export function readQuery(message: MessageReader, symbols: SymbolTable): Query {
  const count = message.count(2);
  if (count > LIMITS.bodyPredicates) {
    throw new BiscuitError(
      "too-large",
      `a rule has ${count} predicates; at most ${LIMITS.bodyPredicates}`,
    );
  }
  return {
    body: message.each(2, "Predicate", readPredicate, symbols),
    expressions: message.each(3, "Expression", readExpression, symbols),
    scopes: message.each(4, "Scope", readScope, symbols),
  };
}

export function readRule(message: MessageReader, symbols: SymbolTable): Rule {
  const head = readHead(message, symbols);
  const { body, expressions, scopes } = readQuery(message, symbols);
  return { head, body, expressions, scopes };
}

/** A query that stands as a rule. Nobody asks what its head says, but it has to be one. */
export function readAlternative(message: MessageReader, symbols: SymbolTable): Query {
  readHead(message, symbols);
  return readQuery(message, symbols);
}

const constant = (term: boolean): Expression => ({ kind: "term", term });

/** A check without any query cannot be written as text; it fails, whatever its kind. */
function neverPasses(kind: Check["kind"]): Query {
  return { body: [], expressions: [constant(kind === "reject")], scopes: [] };
}

export function readCheck(message: MessageReader, symbols: SymbolTable): Check {
  const kind = message.has(2) ? message.enumeration(2, CHECK_KINDS) : "one";
  const queries = message.each(1, "Rule", readAlternative, symbols);
  return { kind, queries: queries.length === 0 ? [neverPasses(kind)] : queries };
}

export function checkVersion(version: number, content: BlockContent, isThirdParty: boolean): void {
  // The newest version has everything: nothing to look for.
  if (version === MAX_VERSION) return;
  const needed = Math.max(versionOf(content, "read"), isThirdParty ? VERSION_3_2 : MIN_VERSION);
  if (version >= needed) return;
  const message = `a block of version ${version} uses what only version ${needed} has`;
  throw new BiscuitError("feature-above-version", message);
}

/** The version in a field of a message that must have one: 3 to 6. */
export function readVersion(message: MessageReader, field: number): number {
  const version = message.has(field) ? message.uint32(field) : 0;
  if (version >= MIN_VERSION && version <= MAX_VERSION) return version;
  const known = `${MIN_VERSION} to ${MAX_VERSION}`;
  throw new BiscuitError(
    "unsupported-version",
    `a block of version ${version}; ${known} are known`,
  );
}

/**
 * Decodes a block's Datalog. `symbols` is the table of the blocks before it and takes over what this one declares;
 * a third party's block needs an empty table. Blocks of one token share one quota of fields.
 */
export function readBlock(
  data: Uint8Array,
  symbols: SymbolTable,
  isThirdParty: boolean,
  quota?: FieldQuota,
): DecodedBlock {
  const message = MessageReader.of("Block", data, quota);
  const version = readVersion(message, 3);
  const declared = message.texts(1);
  const publicKeys = message.each(8, "PublicKey", readPublicKey, undefined);
  symbols.extend(declared, publicKeys);
  const content: BlockContent = {
    facts: message.each(4, "Fact", readFact, symbols),
    rules: message.each(5, "Rule", readRule, symbols),
    checks: message.each(6, "Check", readCheck, symbols),
    scopes: message.each(7, "Scope", readScope, symbols),
    context: message.has(2) ? message.text(2) : undefined,
  };
  checkVersion(version, content, isThirdParty);
  return { content, version, symbols: declared, publicKeys };
}

export function writePredicate(predicate: Predicate, symbols: SymbolTable): MessageWriter {
  const message = new MessageWriter().uint(1, symbols.symbolOf(predicate.name));
  for (const term of predicate.terms) message.message(2, writeTerm(term, symbols));
  return message;
}

export function writeScope(scope: Scope, symbols: SymbolTable): MessageWriter {
  if (typeof scope === "string") return new MessageWriter().uint(1, scope === "authority" ? 0 : 1);
  return new MessageWriter().int64(2, symbols.keyIndexOf(scope));
}

export function writeRule(head: Predicate, query: Query, symbols: SymbolTable): MessageWriter {
  const message = new MessageWriter().message(1, writePredicate(head, symbols));
  for (const predicate of query.body) message.message(2, writePredicate(predicate, symbols));
  for (const each of query.expressions) message.message(3, writeExpression(each, symbols));
  for (const scope of query.scopes) message.message(4, writeScope(scope, symbols));
  return message;
}

/** Checks and policies are rules whose head nobody reads; this is the one that every implementation writes. */
export const QUERY_HEAD: Predicate = { name: "query", terms: [] };

export function writeCheck(check: Check, symbols: SymbolTable): MessageWriter {
  const message = new MessageWriter();
  for (const query of check.queries) message.message(1, writeRule(QUERY_HEAD, query, symbols));
  // The first kind has no number on the wire, so that version 3 blocks stay readable for old implementations.
  if (check.kind !== "one") message.uint(2, CHECK_KINDS.indexOf(check.kind));
  return message;
}

/**
 * Encodes a block with the smallest version that has what it uses. `symbols` is the table of the blocks before it and
 * grows by what this one adds. Byte for byte what the reference implementation writes for the same statements.
 */
export function writeBlock(
  content: BlockContent,
  symbols: SymbolTable,
  isThirdParty: boolean,
): { readonly data: Uint8Array; readonly version: number } {
  const before = symbols.size;
  const facts = content.facts.map((fact) =>
    new MessageWriter().message(1, writePredicate(fact, symbols)),
  );
  const rules = content.rules.map((rule) => writeRule(rule.head, rule, symbols));
  const checks = content.checks.map((check) => writeCheck(check, symbols));
  const scopes = content.scopes.map((scope) => writeScope(scope, symbols));
  const added = symbols.since(before);
  const version = Math.max(versionOf(content, "write"), isThirdParty ? VERSION_3_2 : MIN_VERSION);

  const message = new MessageWriter();
  for (const text of added.symbols) message.text(1, text);
  if (content.context !== undefined) message.text(2, content.context);
  message.uint(3, version);
  for (const fact of facts) message.message(4, fact);
  for (const rule of rules) message.message(5, rule);
  for (const check of checks) message.message(6, check);
  for (const scope of scopes) message.message(7, scope);
  for (const key of added.keys) message.message(8, writePublicKey(key));
  return { data: message.finish(), version };
}
