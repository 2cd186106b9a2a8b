import {
  type CompiledCheck,
  compileCheck,
  type CompiledRule,
  compileRule,
  relationKey,
} from "../datalog/compile.ts";
import type { BlockId } from "../datalog/origin.ts";
import type { BlocksByKey } from "../datalog/scope.ts";
import type { BlockContent, Scope } from "../datalog/ast.ts";
import { unboundInHead } from "../datalog/variables.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { printRule } from "../syntax/print-statement.ts";
import type { TokenData } from "../token/token-data.ts";
import type { Value } from "../values/value.ts";

/** A block made ready to run. */
export interface CompiledBlock {
  readonly facts: readonly { readonly relation: string; readonly terms: readonly Value[] }[];
  readonly rules: readonly CompiledRule[];
  readonly checks: readonly CompiledCheck[];
  readonly scopes: readonly Scope[];
}

/** A token made ready to run. */
export interface TokenProgram {
  readonly blocks: readonly CompiledBlock[];
  readonly blocksByKey: BlocksByKey;
}

export function compileBlock(content: BlockContent): CompiledBlock {
  return {
    facts: content.facts.map(({ name, terms }) => ({
      relation: relationKey(name, terms.length),
      terms,
    })),
    rules: content.rules.map(compileRule),
    checks: content.checks.map(compileCheck),
    scopes: content.scopes,
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

function compile(token: TokenData): TokenProgram {
  const byKey = new Map<string, BlockId[]>();
  for (const [id, { content, externalKey }] of token.blocks.entries()) {
    checkRules(content, id);
    if (externalKey === undefined) continue;
    const key = externalKey.toString();
    byKey.set(key, [...(byKey.get(key) ?? []), id]);
  }
  return { blocks: token.blocks.map(({ content }) => compileBlock(content)), blocksByKey: byKey };
}

const programs = new WeakMap<TokenData, TokenProgram>();

/** Compiled at the first use of a token and kept as long as it. Throws `invalid-rule`. */
export function programOf(token: TokenData): TokenProgram {
  const known = programs.get(token);
  if (known !== undefined) return known;
  const program = compile(token);
  programs.set(token, program);
  return program;
}

/** Without a token: what an anonymous caller has. */
export const NO_TOKEN: TokenProgram = { blocks: [], blocksByKey: new Map() };
