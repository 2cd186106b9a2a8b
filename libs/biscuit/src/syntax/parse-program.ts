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
import type { SourceError } from "./diagnostic.ts";
import { diagnose, errorOfDiagnostics, Problem } from "./problem.ts";
import { lineEnd, longTextBefore, nextStatement, REACH } from "./scan.ts";
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

/** Errors of one source that are looked for: more would not be read. */
const MOST_PROBLEMS = 20;

/**
 * Statements in a row, each ended by a semicolon; after the last one it may be left out. After an error it goes on with
 * the next statement, so that all errors are found at once; then throws the first, with all in its `diagnostics`.
 */
function parseStatements(cursor: Cursor, take: (statement: Statement, at: number) => void): void {
  const found = findProblems(cursor, take);
  const [first] = found;
  if (first !== undefined) throw errorOfDiagnostics(cursor.source, first, found);
}

function findProblems(
  cursor: Cursor,
  take: (statement: Statement, at: number) => void,
): readonly SourceError[] {
  const found: SourceError[] = [];
  let at = 0;
  while (found.length < MOST_PROBLEMS) {
    try {
      cursor.skipBlank();
      at = cursor.offset;
      if (cursor.done) break;
      take(parseStatement(cursor), at);
      endStatement(cursor);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      found.push(diagnose(cursor.source, error, at));
      // Beyond a limit nothing more is read.
      if (error.code === "too-large") break;
      recover(cursor, error, at);
    }
  }
  return found;
}

function endStatement(cursor: Cursor): void {
  cursor.skipBlank();
  if (!cursor.done && !cursor.tryText(";")) throw cursor.unexpected(['";"'], "after a statement");
}

/** Goes on after the statement that has a problem; right at it when all that is missing is the semicolon before it. */
function recover(cursor: Cursor, { offset, expected }: Problem, start: number): void {
  const { text } = cursor.source;
  const isNextStatement =
    expected.includes('";"') && STATEMENT_START.test(text.slice(offset, offset + 200));
  if (isNextStatement) return cursor.resume(offset);
  const long = longTextBefore(text, Math.max(start, offset - REACH), offset);
  // A string over several lines was probably not meant: what it swallowed is read.
  if (long !== undefined) return cursor.resume(lineEnd(text, long.start) + 1);
  cursor.resume(Math.max(nextStatement(text, offset), offset + 1));
}

/** A keyword, or a predicate that is the head of a rule or a fact. */
const STATEMENT_START =
  /^(?:(?:check|reject|allow|deny)\s+(?:if|all)\b|[\p{L}_][\p{L}\p{N}_:]*\s*\()/iu;

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

/** Offsets of what a program is made of: linting and coverage name their lines. */
export interface ProgramPlaces {
  /** Of facts, rules, checks and policies. */
  readonly statements: Map<object, number>;
  /** Of the alternatives of checks and policies, and of the bodies of rules. */
  readonly queries: Map<object, number>;
}

function nodeOf(statement: Statement): object {
  if ("fact" in statement) return statement.fact;
  if ("rule" in statement) return statement.rule;
  if ("check" in statement) return statement.check;
  return "policy" in statement ? statement.policy : statement;
}

function emptyProgram(): Collected {
  return {
    facts: [], openFacts: [], rules: [], checks: [], policies: [], scopes: [], blockKeys: [],
  }; // prettier-ignore
}

function parseAll(source: Source, withPolicies: boolean, places?: ProgramPlaces): Program {
  const maxLength = withPolicies ? LIMITS.policyLength : LIMITS.sourceLength;
  const cursor = new Cursor(source, maxLength, places?.queries);
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
    places?.statements.set(nodeOf(statement), at);
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

/** As `parseProgram`, with the offsets of everything that linting and coverage speak of. */
export function parseWithPlaces(
  source: Source,
  withPolicies = true,
): { readonly program: Program; readonly places: ProgramPlaces } {
  const places = { statements: new Map<object, number>(), queries: new Map<object, number>() };
  return { program: parseAll(source, withPolicies, places), places };
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
  if (rule !== undefined) return rule;
  const missing = diagnose(source, cursor.unexpected(["a rule"]), 0);
  throw errorOfDiagnostics(source, missing, [missing]);
}
