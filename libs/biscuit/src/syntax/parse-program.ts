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
import { Cursor } from "./cursor.ts";
import { parseStatement, type Statement } from "./parse-statement.ts";
import type { SourceError } from "./diagnostic.ts";
import { diagnose, errorOfDiagnostics, Problem, sourceHelp } from "./problem.ts";
import type { Source } from "./source.ts";
import type { SourceParameters } from "./source-parameters.ts";

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
/** Characters of statements with errors, together: finding one's way after an error costs more than parsing. */
const MOST_BROKEN = 8192;

/**
 * Statements in a row, each ended by a semicolon; after the last one it may be left out. After an error it goes on where
 * `SourceHelp` says, so that all errors are found at once; then throws the first, with all in its `diagnostics`.
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
  const { source } = cursor;
  const found: SourceError[] = [];
  let [at, broken] = [0, 0];
  while (found.length < MOST_PROBLEMS && broken < MOST_BROKEN) {
    try {
      cursor.skipBlank();
      at = cursor.offset;
      if (cursor.done) break;
      take(parseStatement(cursor), at);
      endStatement(cursor);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      found.push(diagnose(source, error, at));
      const seen = source.text.slice(0, error.offset + MOST_BROKEN);
      const next = sourceHelp()?.resumption(seen, error, at);
      // Beyond a limit nothing more is read.
      if (next === undefined || error.code === "too-large") break;
      broken += next - at;
      cursor.resume(next);
    }
  }
  return found;
}

function endStatement(cursor: Cursor): void {
  cursor.skipBlank();
  if (!cursor.done && !cursor.tryText(";")) throw cursor.unexpected(['";"'], "after a statement");
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
  const cursor = new Cursor(source, withPolicies, places?.queries);
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
  const { facts, rules, checks, policies, scopes } = program;
  const parameters = parametersOf(source.endParameters(), program);
  return { facts, rules, checks, policies, scopes, parameters };
}

function parametersOf(
  open: SourceParameters | undefined,
  { openFacts, blockKeys }: Collected,
): ProgramParameters | undefined {
  if (open === undefined) return undefined;
  const { values, keys, terms } = open;
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
  source.endParameters();
  const [rule] = rules;
  if (rule !== undefined) return rule;
  const missing = diagnose(source, cursor.unexpected(["a rule"]), 0);
  throw errorOfDiagnostics(source, missing, [missing]);
}
