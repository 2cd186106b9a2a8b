import {
  type CompiledCheck,
  type CompiledPolicy,
  type CompiledRule,
  Compiler,
  type Template,
} from "../datalog/compile.ts";
import type { BlockId } from "../datalog/origin.ts";
import { PredicateTable } from "../datalog/predicate-table.ts";
import type { BlocksByKey } from "../datalog/scope.ts";
import type { BlockContent, Program, Scope } from "../datalog/ast.ts";
import { unboundInHead } from "../datalog/variables.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { printRule } from "../syntax/print-statement.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import type { Value } from "../values/value.ts";
import type { LinkedProgram, LinkedToken } from "./linked-program.ts";

/** A block made ready to run. Its predicates are numbered; what the numbers mean beyond it is a matter of linking. */
export interface CompiledBlock {
  readonly predicates: PredicateTable;
  readonly facts: readonly { readonly predicate: number; readonly terms: readonly Value[] }[];
  readonly rules: readonly CompiledRule[];
  readonly checks: readonly CompiledCheck[];
  readonly scopes: readonly Scope[];
}

/** An authorizer made ready to run. */
export interface CompiledAuthorizer extends CompiledBlock {
  readonly policies: readonly CompiledPolicy[];
  /** Facts that wait for parameters. */
  readonly templates: readonly Template[];
  /** Names of parameters among the keys it trusts as a whole. */
  readonly keyParameters: readonly string[];
}

/** What a token's blocks say and who signed them: all that running them needs. */
export interface TokenBlocks {
  /** Where `programOf` keeps what it made: a map of weak references would cost each new token more than its decision. */
  program?: TokenProgram;
  readonly blocks: readonly {
    readonly content: BlockContent;
    /** Of the third party that signed the block. */
    readonly externalKey: PublicKey | undefined;
  }[];
}

/** A token made ready to run. */
export interface TokenProgram {
  readonly blocks: readonly CompiledBlock[];
  readonly blocksByKey: BlocksByKey;
  /** Where `linked-program.ts` keeps what it made, for the same reason. */
  linked?: LinkedToken;
  /** Few, as these do hold what they name: see `remember`. */
  met?: LinkedProgram[];
}

function compileContent(
  content: BlockContent,
  predicates: PredicateTable,
  compiler: Compiler,
): CompiledBlock {
  const facts = content.facts.map(({ name, terms }) => ({
    predicate: predicates.add(name, terms.length),
    terms,
  }));
  const rules = content.rules.map((rule) => compiler.rule(rule));
  const checks = content.checks.map((check) => compiler.check(check));
  return { predicates, facts, rules, checks, scopes: content.scopes };
}

export function compileBlock(content: BlockContent): CompiledBlock {
  const predicates = new PredicateTable();
  return compileContent(content, predicates, new Compiler(predicates));
}

export function compileAuthorizer(program: Program): CompiledAuthorizer {
  const { parameters } = program;
  const predicates = new PredicateTable();
  const compiler = new Compiler(predicates, parameters?.terms);
  const { facts, rules, checks, scopes } = compileContent(program, predicates, compiler);
  return {
    predicates,
    facts,
    rules,
    checks,
    scopes,
    policies: program.policies.map((policy) => compiler.policy(policy)),
    templates: parameters?.facts.map((fact) => compiler.fact(fact)) ?? [],
    keyParameters: parameters?.blockKeys ?? [],
  };
}

/** Source cannot hold such a rule, the wire can. */
function checkRules(content: BlockContent, block: BlockId): void {
  for (const rule of content.rules) {
    if (unboundInHead(rule.head, rule.body).length === 0) continue;
    const message = `block ${block} has a rule whose head uses unbound variables: ${printRule(rule)}`;
    throw new BiscuitError("invalid-rule", message);
  }
}

function compile(token: TokenBlocks): TokenProgram {
  const byKey = new Map<string, BlockId[]>();
  for (const [id, { content, externalKey }] of token.blocks.entries()) {
    checkRules(content, id);
    if (externalKey === undefined) continue;
    const key = externalKey.toString();
    byKey.set(key, [...(byKey.get(key) ?? []), id]);
  }
  return { blocks: token.blocks.map(({ content }) => compileBlock(content)), blocksByKey: byKey };
}

/** Compiled at the first use of a token and kept as long as it. Throws `invalid-rule`. */
export const programOf = (token: TokenBlocks): TokenProgram => (token.program ??= compile(token));

/** Without a token: what an anonymous caller has. */
export const NO_TOKEN: TokenProgram = { blocks: [], blocksByKey: new Map() };
