import type { Rule } from "../datalog/ast.ts";
import { Compiler } from "../datalog/compile.ts";
import { PredicateTable } from "../datalog/predicate-table.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { parseRule } from "../syntax/parse-program.ts";
import { Source } from "../syntax/source.ts";
import type { SourceOptions } from "../syntax/source-parameters.ts";
import type { TemplateValue } from "../token/block.ts";
import type { TokenData } from "../token/token-data.ts";
import { type TermOutput, toJs } from "../values/to-js.ts";
import { Evaluation, type EvaluationContext } from "./evaluation.ts";
import { LinkedProgram } from "./linked-program.ts";
import { compileAuthorizer, programOf } from "./token-program.ts";

/** The terms of one fact that a query gave. */
export type Row = readonly TermOutput[];

/**
 * A rule to query with: rule`name($u) <- user($u)`. Values are terms, never text. Throws `syntax` and the like, with a
 * position.
 */
export function rule(parts: TemplateStringsArray, ...values: readonly TemplateValue[]): Rule {
  return parseRule(Source.fromTemplate(parts, values));
}

/** A rule from source that was written by somebody. Throws as `rule` does. */
export function ruleFromSource(source: string, options: SourceOptions = {}): Rule {
  return parseRule(Source.of(source, options.parameters));
}

const NOTHING = { facts: [], rules: [], checks: [], scopes: [], policies: [] };

function run(
  token: TokenData,
  wanted: Rule,
  context: EvaluationContext,
  everyBlock: boolean,
): Row[] {
  // Compiled with the authorizer's numbers of predicates, so that the linked program knows the query's.
  const predicates = new PredicateTable();
  const authorizer = { ...compileAuthorizer(NOTHING), predicates };
  const compiled = new Compiler(predicates).rule(wanted);
  const program = new LinkedProgram(programOf(token), authorizer);
  const evaluation = new Evaluation(program, authorizer, context);
  evaluation.derive();
  return evaluation
    .query(compiled, everyBlock && wanted.scopes.length === 0 ? undefined : wanted.scopes)
    .map((terms) => terms.map(toJs));
}

/**
 * What a rule gives on a token's facts: of the authority block and the context, or of the blocks that the rule trusts.
 * Checks are not looked at. Throws when an expression fails or a limit is reached.
 */
export function query(token: TokenData, wanted: Rule, context: EvaluationContext = {}): Row[] {
  return run(token, wanted, context, false);
}

/** As `query`, over the facts of every block. They are claims of whoever added the block: not for decisions. */
export function queryAll(token: TokenData, wanted: Rule, context: EvaluationContext = {}): Row[] {
  return run(token, wanted, context, true);
}

/** As `query`, for a rule that gives exactly one row. Throws `unexpected-result` otherwise. */
export function queryExactlyOne(
  token: TokenData,
  wanted: Rule,
  context: EvaluationContext = {},
): Row {
  const rows = query(token, wanted, context);
  const [row] = rows;
  if (row !== undefined && rows.length === 1) return row;
  throw new BiscuitError(
    "unexpected-result",
    `one row was expected, the query gives ${rows.length}`,
  );
}
