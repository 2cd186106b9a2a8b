import { BiscuitError } from "../../src/errors/biscuit-error.ts";
import { referenceForm } from "../../src/policy/reference-form.ts";
import { definePolicy, type Policy } from "../../src/policy/policy.ts";
import { parseBlock, parseProgram } from "../../src/syntax/parse-program.ts";
import { printBlock, printPolicy } from "../../src/syntax/print-statement.ts";
import { Source } from "../../src/syntax/source.ts";
import type { Query } from "../../src/datalog/ast.ts";
import { biscuitFromSource } from "../../src/token/authority.ts";
import { Biscuit } from "../../src/token/biscuit.ts";
import { blockFromSource } from "../../src/token/block.ts";
import type { OracleToken } from "../../src/oracle.fixture.ts";
import { toHex } from "../../src/values/hex.ts";
import { explained, PROGRAM_DIVERGENCES } from "../divergences.ts";
import { anyProgram, type BlockCase, type ProgramCase, sourceOf } from "../generate/programs.ts";
import { readFields, writeFields } from "../protobuf.ts";
import { ROOTS, THIRD_PARTIES } from "../keys.ts";
import type { Outcome, Reference } from "../reference.ts";
import {
  type Difference,
  isDifference,
  type Suite,
  type Verdict,
  withOneSmaller,
  withoutOne,
} from "../suite.ts";

/** Enough that no generated program ends for want of steps: the reference counts none. */
const LIMITS = { maxSteps: 20_000_000 };
const ROOT = ROOTS.ed25519;
/** Of the message `Block` (schema.proto). */
const VERSION_FIELD = 3;

/** What `run` gives, or the code it fails with. */
export function attempt<Value>(run: () => Value): Outcome<Value> {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof BiscuitError) return { error: error.code };
    throw error;
  }
}

/** A token made here. */
export function ourToken(blocks: readonly BlockCase[], rootKeyId?: number, root = ROOT): Biscuit {
  const [authority, ...later] = blocks;
  const unsigned = biscuitFromSource(sourceOf(authority?.statements ?? []));
  const signed = (rootKeyId === undefined ? unsigned : unsigned.rootKeyId(rootKeyId)).sign(root);
  return later.reduce((token, { statements, thirdParty }) => {
    const block = blockFromSource(sourceOf(statements));
    const signer = thirdParty === undefined ? undefined : THIRD_PARTIES[thirdParty];
    if (signer === undefined) return token.attenuate(block);
    return token.appendThirdParty(token.thirdPartyRequest().createBlock(signer, block));
  }, signed);
}

const hasScopes = (statements: readonly string[]): boolean =>
  statements.some((each) => each.startsWith("trusting "));

/** The reference reads no scopes of a whole block in text. */
const withoutScopes = (block: BlockCase): BlockCase => ({
  ...block,
  statements: block.statements.filter((each) => !each.startsWith("trusting ")),
});

/** The reference reads no scopes of a whole authorizer: each query gets them instead. */
function withoutAuthorizerScopes(source: string): string {
  const program = parseProgram(Source.of(source));
  const scopedQuery = <Each extends Query>(query: Each): Each =>
    query.scopes.length > 0 ? query : { ...query, scopes: program.scopes };
  const policies = program.policies.map((policy) =>
    printPolicy({ ...policy, queries: policy.queries.map(scopedQuery) }),
  );
  const block = printBlock({
    ...program,
    scopes: [],
    rules: program.rules.map(scopedQuery),
    checks: program.checks.map((each) => ({ ...each, queries: each.queries.map(scopedQuery) })),
  });
  return block + sourceOf(policies);
}

/** The reference does not escape what it prints; generated strings have backslashes, but no quotes and line feeds. */
const escaped = (text: string): string => text.replaceAll("\\", "\\\\");

/** The reference prints sets in the order of its symbol table; ours are in the order of their text. */
export function canonicalSource(text: string): string {
  const parsed = attempt(() => printBlock(parseBlock(Source.of(text))));
  return "value" in parsed ? parsed.value : text;
}

const canonicalRules = (
  decision: unknown,
  forgetAuthorizer: boolean,
  repair = (text: string): string => text,
): unknown =>
  JSON.parse(
    JSON.stringify(decision),
    function (this: Readonly<Record<string, unknown>>, key, value: unknown) {
      if (key !== "rule" || typeof value !== "string") return value;
      return forgetAuthorizer && !("block_id" in this) ? "" : canonicalSource(repair(value));
    },
  );

interface Answer {
  readonly decision: unknown;
  readonly sources: readonly string[];
  readonly revocationIds: readonly string[];
}

function ourAnswer(token: Biscuit, policy: Policy, forgetAuthorizer: boolean): Answer {
  return {
    decision: canonicalRules(
      referenceForm(policy.authorize(token, { limits: LIMITS })),
      forgetAuthorizer,
    ),
    // The reference prints no scopes of a whole block.
    sources: token.blocks.map(({ source }) =>
      canonicalSource(source).replace(/^trusting .*;\n/, ""),
    ),
    revocationIds: token.revocationIds,
  };
}

function theirAnswer(
  reference: Reference,
  token: OracleToken,
  source: string,
  forgetAuthorizer: boolean,
): Answer {
  const outcome = reference.authorize(token, source);
  const decision = "value" in outcome ? { Ok: outcome.value } : { Err: outcome.error };
  return {
    decision: canonicalRules(decision, forgetAuthorizer, escaped),
    sources: Array.from({ length: token.countBlocks() }, (_, i) =>
      canonicalSource(escaped(token.getBlockSource(i))),
    ),
    revocationIds: token.getRevocationIdentifiers(),
  };
}

/**
 * The Datalog of each block as bytes, without the version: the same statements make the same. The reference does not
 * count arrays, maps and `get` for the version; what it must count, `readBlock` has checked.
 */
const dataOf = (token: Biscuit): string[] =>
  token.data.envelope.blocks.map(({ data }) =>
    toHex(writeFields((readFields(data) ?? []).filter(({ number }) => number !== VERSION_FIELD))),
  );
const versionsOf = (token: Biscuit): string => token.blocks.map(({ version }) => version).join();

/** What both sides make of a case before anything is decided: tokens of each other's, and the policy. */
interface Prepared {
  readonly token: Biscuit;
  readonly policy: Policy;
  /** Our token, read by the reference. */
  readonly read: OracleToken;
  /** The reference's token, and as we read it. */
  readonly theirs: OracleToken;
  readonly parsed: Biscuit;
}

const accepted = (outcome: Outcome<unknown>): unknown =>
  "error" in outcome ? outcome.error : "accepted";

/** Both sides make their token; where either refuses, how. Both must refuse the same. */
function make(each: ProgramCase, reference: Reference): Prepared | Difference | "agreed" {
  const ours = attempt(() => ({
    token: ourToken(each.blocks),
    policy: definePolicy(sourceOf(each.authorizer)),
  }));
  const built = reference.build(each.blocks.map(withoutScopes), ROOT);
  if ("error" in ours)
    return "error" in built ? "agreed" : { ours: ours.error, theirs: "accepted" };
  if ("error" in built) return { ours: "accepted", theirs: built.error };
  const { token, policy } = ours.value;
  const theirs = built.value;
  const read = reference.parse(token.toBytes(), ROOT.publicKey);
  const parsed = attempt(() => Biscuit.parse(theirs.toBytes(), ROOT.publicKey));
  if ("error" in read || "error" in parsed)
    return { ours: accepted(parsed), theirs: accepted(read) };
  return { token, policy, read: read.value, theirs, parsed: parsed.value };
}

/** How both sides answer about the tokens, each of them read by both. */
function answers(each: ProgramCase, made: Prepared, reference: Reference): Difference {
  const scoped = hasScopes(each.authorizer);
  const source = sourceOf(each.authorizer);
  const theirSource = scoped ? withoutAuthorizerScopes(source) : source;
  // Where the reference drops a block's scopes, its own token means something else; it honours them in ours.
  const both = [[made.token, made.read] as const, [made.parsed, made.theirs] as const];
  const pairs = hasScopedBlocks(each) ? both.slice(0, 1) : both;
  const difference = {
    ours: {
      answers: pairs.map(([our]) => ourAnswer(our, made.policy, scoped)),
      data: dataOf(made.token),
    },
    theirs: {
      answers: pairs.map(([, their]) => theirAnswer(reference, their, theirSource, scoped)),
      data: dataOf(hasScopedBlocks(each) ? made.token : made.parsed),
    },
  };
  for (const [, their] of both) their.free();
  return difference;
}

const hasScopedBlocks = ({ blocks }: ProgramCase): boolean =>
  blocks.some(({ statements }) => hasScopes(statements));

/** Divergences that do not make a difference, because the comparison knows them. */
function notesOf(each: ProgramCase, { token, parsed }: Prepared): string | undefined {
  if (hasScopes(each.authorizer) || hasScopedBlocks(each)) return "block-scopes-in-text";
  return versionsOf(token) === versionsOf(parsed) ? undefined : "version-of-collections";
}

function compare(each: ProgramCase, reference: Reference): Verdict {
  const made = make(each, reference);
  if (made === "agreed" || "ours" in made) return made;
  const difference = answers(each, made, reference);
  if (JSON.stringify(difference.ours) !== JSON.stringify(difference.theirs)) return difference;
  const divergence = notesOf(each, made);
  return divergence === undefined ? "agreed" : { divergence };
}

function check(each: ProgramCase, reference: Reference): Verdict {
  const verdict = compare(each, reference);
  if (!isDifference(verdict)) return verdict;
  return explained(PROGRAM_DIVERGENCES, each, verdict, (changed) => check(changed, reference));
}

function* smallerBlocks(block: BlockCase): Iterable<BlockCase> {
  for (const statements of withoutOne(block.statements)) yield { ...block, statements };
  if (block.thirdParty !== undefined) yield { statements: block.statements };
}

function* shrink(each: ProgramCase): Iterable<ProgramCase> {
  if (each.blocks.length > 1)
    for (const blocks of withoutOne(each.blocks))
      if (blocks[0]?.thirdParty === undefined) yield { ...each, blocks };
  for (const blocks of withOneSmaller(each.blocks, smallerBlocks)) yield { ...each, blocks };
  for (const authorizer of withoutOne(each.authorizer)) yield { ...each, authorizer };
}

/** Tokens and authorizers of every kind of statement, made and decided on by both sides, each reading the other's token. */
export const programs: Suite<ProgramCase> = {
  name: "programs",
  cases: 3000,
  generate: anyProgram,
  check,
  shrink,
};
