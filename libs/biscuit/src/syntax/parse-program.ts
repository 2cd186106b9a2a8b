import type {
  BlockContent,
  Check,
  Fact,
  OpenFact,
  Policy,
  Program,
  ProgramParameters,
  Rule,
  Scope,
} from "../datalog/ast.ts";
import { LIMITS } from "../limits.ts";
import { Cursor } from "./cursor.ts";
import { parseStatement, type Statement } from "./parse-statement.ts";
import type { Source } from "./source.ts";

interface Collected {
  readonly facts: Fact[];
  readonly openFacts: OpenFact[];
  readonly rules: Rule[];
  readonly checks: Check[];
  readonly policies: Policy[];
  scopes: readonly Scope[];
  blockKeys: readonly string[];
}

/** Statements in a row, each ended by a semicolon; after the last one it may be left out. */
function parseStatements(cursor: Cursor, take: (statement: Statement, at: number) => void): void {
  cursor.skipBlank();
  while (!cursor.done) {
    const at = cursor.offset;
    take(parseStatement(cursor), at);
    cursor.skipBlank();
    if (cursor.done) return;
    if (!cursor.tryText(";")) throw cursor.unexpected(['";"'], "after a statement");
    cursor.skipBlank();
  }
}

function collect(into: Collected, statement: Statement): void {
  switch (statement.kind) {
    case "scopes":
      into.scopes = statement.scopes;
      into.blockKeys = statement.keyParameters ?? [];
      break;
    case "open-fact":
      into.openFacts.push(statement.fact);
      break;
    case "fact":
      into.facts.push(statement.fact);
      break;
    case "rule":
      into.rules.push(statement.rule);
      break;
    case "check":
      into.checks.push(statement.check);
      break;
    case "policy":
      into.policies.push(statement.policy);
      break;
  }
}

function emptyProgram(): Collected {
  return {
    facts: [], openFacts: [], rules: [], checks: [], policies: [], scopes: [], blockKeys: [],
  }; // prettier-ignore
}

function parseAll(source: Source, withPolicies: boolean): Program {
  const cursor = new Cursor(source, withPolicies ? LIMITS.policyLength : LIMITS.sourceLength);
  const program = emptyProgram();
  let isFirst = true;
  parseStatements(cursor, (statement, at) => {
    if (statement.kind === "policy" && !withPolicies) {
      throw cursor.error("a token cannot hold policies; only an authorizer can", [], "syntax", at);
    }
    if (statement.kind === "scopes" && !isFirst) {
      throw cursor.error("trusting for a whole block must come first", [], "syntax", at);
    }
    isFirst = false;
    collect(program, statement);
  });
  source.parameters.end();
  const { facts, rules, checks, policies, scopes } = program;
  return { facts, rules, checks, policies, scopes, parameters: parametersOf(source, program) };
}

function parametersOf(
  { parameters: { isOpen, values, keys, terms } }: Source,
  { openFacts, blockKeys }: Collected,
): ProgramParameters | undefined {
  if (!isOpen || values.length + keys.length === 0) return undefined;
  return { values, keys, terms, facts: openFacts, blockKeys };
}

/** Datalog of an authorizer: facts, rules, checks, policies. Throws `syntax` and the like with a position. */
export function parseProgram(source: Source): Program {
  return parseAll(source, true);
}

/** Datalog of a token's block, which has no policies. Throws `syntax` and the like with a position. */
export function parseBlock(source: Source): BlockContent {
  const { facts, rules, checks, scopes } = parseAll(source, false);
  return { facts, rules, checks, scopes };
}

/** A single rule, as queries are. */
export function parseRule(source: Source): Rule {
  const cursor = new Cursor(source);
  const rules: Rule[] = [];
  parseStatements(cursor, (statement, at) => {
    if (statement.kind !== "rule" || rules.length > 0) {
      throw cursor.error("exactly one rule is wanted: head(…) <- body", ["a rule"], "syntax", at);
    }
    rules.push(statement.rule);
  });
  source.parameters.end();
  const [rule] = rules;
  if (rule === undefined) throw cursor.unexpected(["a rule"]);
  return rule;
}
