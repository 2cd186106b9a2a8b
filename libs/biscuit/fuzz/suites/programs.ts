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
import { type Difference, type Suite, type Verdict, withOneSmaller, withoutOne } from "../suite.ts";

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
  const scoped = <Each extends Query>(query: Each): Each =>
    query.scopes.length > 0 ? query : { ...query, scopes: program.scopes };
  const policies = program.policies.map((policy) =>
    printPolicy({ ...policy, queries: policy.queries.map(scoped) }),
  );
  const block = printBlock({
    ...program,
    scopes: [],
    rules: program.rules.map(scoped),
    checks: program.checks.map((check) => ({ ...check, queries: check.queries.map(scoped) })),
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

function compare(
  each: ProgramCase,
  reference: Reference,
): { difference?: Difference; notes: string[] } {
  const source = sourceOf(each.authorizer);
  const ours = attempt(() => ({ token: ourToken(each.blocks), policy: definePolicy(source) }));
  const theirs = reference.build(each.blocks.map(withoutScopes), ROOT);
  if ("error" in ours || "error" in theirs) {
    if ("error" in ours && "error" in theirs) return { notes: [] };
    return {
      difference: {
        ours: "error" in ours ? ours.error : "accepted",
        theirs: "error" in theirs ? theirs.error : "accepted",
      },
      notes: [],
    };
  }
  const { token, policy } = ours.value;
  const scopedAuthorizer = hasScopes(each.authorizer);
  const scopedBlocks = each.blocks.some(({ statements }) => hasScopes(statements));
  const theirSource = scopedAuthorizer ? withoutAuthorizerScopes(source) : source;
  const read = reference.parse(token.toBytes(), ROOT.publicKey);
  const parsed = attempt(() => Biscuit.parse(theirs.value.toBytes(), ROOT.publicKey));
  if ("error" in read || "error" in parsed) {
    return {
      difference: {
        ours: "error" in parsed ? parsed : "accepted",
        theirs: "error" in read ? read : "accepted",
      },
      notes: [],
    };
  }
  // Where the reference drops a block's scopes, its own token means something else; it honours them in ours.
  const pairs = scopedBlocks
    ? [[token, read.value] as const]
    : [[token, read.value] as const, [parsed.value, theirs.value] as const];
  const difference = {
    ours: {
      answers: pairs.map(([our]) => ourAnswer(our, policy, scopedAuthorizer)),
      data: dataOf(token),
    },
    theirs: {
      answers: pairs.map(([, their]) =>
        theirAnswer(reference, their, theirSource, scopedAuthorizer),
      ),
      data: scopedBlocks ? dataOf(token) : dataOf(parsed.value),
    },
  };
  for (const [, their] of pairs) their.free();
  const notes = scopedAuthorizer || scopedBlocks ? ["block-scopes-in-text"] : [];
  if (!scopedBlocks && versionsOf(token) !== versionsOf(parsed.value))
    notes.push("version-of-collections");
  return JSON.stringify(difference.ours) === JSON.stringify(difference.theirs)
    ? { notes }
    : { difference, notes };
}

function check(each: ProgramCase, reference: Reference): Verdict {
  const { difference, notes } = compare(each, reference);
  if (difference !== undefined)
    return explained(PROGRAM_DIVERGENCES, each, difference, (changed) => check(changed, reference));
  const [divergence] = notes;
  return divergence === undefined ? "agreed" : { divergence };
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
