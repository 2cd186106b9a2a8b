import type { PublicKey } from "../crypto/public-key.ts";
import type { BlockContent, Fact, Policy, Program } from "../datalog/ast.ts";
import { MAX_VERSION } from "../datalog/operators.ts";
import { versionOf } from "../datalog/version.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import type { Integer } from "../values/integer.ts";
import {
  checkVersion,
  QUERY_HEAD,
  readAlternative,
  readCheck,
  readFact,
  readRule,
  readScope,
  readVersion,
  writeCheck,
  writePredicate,
  writeRule,
  writeScope,
} from "./block-codec.ts";
import { readPublicKey, writePublicKey } from "./envelope.ts";
import type { MessageReader } from "./message-reader.ts";
import { MessageWriter } from "./message-writer.ts";
import { SymbolTable } from "./symbols.ts";

/** A token's block as a snapshot holds it: its Datalog in the snapshot's symbols, without any signature. */
export interface SnapshotBlock {
  readonly content: BlockContent;
  /** 3 to 6. */
  readonly version: number;
  /** Of the third party that signed it. */
  readonly externalKey: PublicKey | undefined;
}

/** Facts of a world that stem from the same blocks. */
export interface OriginFacts {
  readonly origin: readonly (number | "authorizer")[];
  readonly facts: readonly Fact[];
}

/** Limits as the format has them: it counts time, where this library counts steps. */
export interface SnapshotLimits {
  readonly maxFacts: Integer;
  readonly maxIterations: Integer;
  readonly maxTimeNs: Integer;
}

/** What the message `AuthorizerSnapshot` (schema.proto) says. */
export interface SnapshotContent {
  readonly limits: SnapshotLimits;
  readonly executionTimeNs: Integer;
  readonly iterations: Integer;
  readonly blocks: readonly SnapshotBlock[];
  readonly authorizer: Program;
  readonly facts: readonly OriginFacts[];
}

const POLICY_KINDS = ["allow", "deny"] as const;

export function readPolicy(message: MessageReader, symbols: SymbolTable): Policy {
  const queries = message.each(1, "Rule", readAlternative, symbols);
  return { kind: message.enumeration(2, POLICY_KINDS), queries };
}

export function writePolicy(policy: Policy, symbols: SymbolTable): MessageWriter {
  const message = new MessageWriter();
  for (const query of policy.queries) message.message(1, writeRule(QUERY_HEAD, query, symbols));
  return message.uint(2, POLICY_KINDS.indexOf(policy.kind));
}

function readBlock(message: MessageReader, symbols: SymbolTable): SnapshotBlock {
  const version = readVersion(message, 2);
  const content: BlockContent = {
    facts: message.each(3, "Fact", readFact, symbols),
    rules: message.each(4, "Rule", readRule, symbols),
    checks: message.each(5, "Check", readCheck, symbols),
    scopes: message.each(6, "Scope", readScope, symbols),
    context: message.has(1) ? message.text(1) : undefined,
  };
  const externalKey = message.has(7) ? readPublicKey(message.message(7, "PublicKey")) : undefined;
  checkVersion(version, content, externalKey !== undefined);
  return { content, version, externalKey };
}

function writeBlock(
  { content, version, externalKey }: SnapshotBlock,
  symbols: SymbolTable,
): MessageWriter {
  const message = new MessageWriter();
  if (content.context !== undefined) message.text(1, content.context);
  message.uint(2, version);
  for (const fact of content.facts) message.message(3, writeFact(fact, symbols));
  for (const rule of content.rules) message.message(4, writeRule(rule.head, rule, symbols));
  for (const check of content.checks) message.message(5, writeCheck(check, symbols));
  for (const scope of content.scopes) message.message(6, writeScope(scope, symbols));
  if (externalKey !== undefined) message.message(7, writePublicKey(externalKey));
  return message;
}

const writeFact = (fact: Fact, symbols: SymbolTable): MessageWriter =>
  new MessageWriter().message(1, writePredicate(fact, symbols));

function readOrigin(message: MessageReader): number | "authorizer" {
  if (message.oneOf([1, 2]) === 2) return message.uint32(2);
  message.message(1, "Empty");
  return "authorizer";
}

function readOriginFacts(
  message: MessageReader,
  symbols: SymbolTable,
  blocks: number,
): OriginFacts {
  const origin = message.each(1, "Origin", readOrigin, undefined);
  const unknown = origin.find((block) => block !== "authorizer" && block >= blocks);
  if (unknown !== undefined) {
    throw new BiscuitError(
      "malformed-snapshot",
      `facts stem from block ${unknown}; there are ${blocks} blocks`,
    );
  }
  return { origin, facts: message.each(2, "Fact", readFact, symbols) };
}

function writeOriginFacts({ origin, facts }: OriginFacts, symbols: SymbolTable): MessageWriter {
  const message = new MessageWriter();
  for (const block of origin) {
    const written =
      block === "authorizer"
        ? new MessageWriter().message(1, new MessageWriter())
        : new MessageWriter().uint(2, block);
    message.message(1, written);
  }
  for (const fact of facts) message.message(2, writeFact(fact, symbols));
  return message;
}

const readLimits = (message: MessageReader): SnapshotLimits => ({
  maxFacts: message.uint64(1),
  maxIterations: message.uint64(2),
  maxTimeNs: message.uint64(3),
});

/** Decodes `AuthorizerSnapshot`. Throws `malformed-token`, `unknown-symbol` and the like, as for tokens. */
export function readSnapshot(message: MessageReader): SnapshotContent {
  const world = message.message(3, "AuthorizerWorld");
  readVersion(world, 1);
  const symbols = SymbolTable.empty();
  symbols.extend(world.texts(2), world.each(3, "PublicKey", readPublicKey, undefined));
  const blocks = world.each(4, "SnapshotBlock", readBlock, symbols);
  const { content } = readBlock(world.message(5, "SnapshotBlock"), symbols);
  return {
    limits: readLimits(message.message(1, "RunLimits")),
    executionTimeNs: message.uint64(2),
    iterations: world.uint64(8),
    blocks,
    authorizer: {
      ...content,
      policies: world.each(6, "Policy", readPolicy, symbols),
    },
    facts: world.each(
      7,
      "GeneratedFacts",
      (facts, table) => readOriginFacts(facts, table, blocks.length),
      symbols,
    ),
  };
}

function writeWorld(snapshot: SnapshotContent): MessageWriter {
  const symbols = SymbolTable.empty();
  // In the order in which the reference implementation gives out symbols.
  const policies = snapshot.authorizer.policies.map((policy) => writePolicy(policy, symbols));
  const { authorizer: content } = snapshot;
  const version = versionOf(content, "write");
  const authorizer = writeBlock({ content, version, externalKey: undefined }, symbols);
  const blocks = snapshot.blocks.map((block) => writeBlock(block, symbols));
  const facts = snapshot.facts.map((each) => writeOriginFacts(each, symbols));
  const all = symbols.since({ symbols: 0, keys: 0 });

  const world = new MessageWriter().uint(1, MAX_VERSION);
  for (const text of all.symbols) world.text(2, text);
  for (const key of all.keys) world.message(3, writePublicKey(key));
  for (const block of blocks) world.message(4, block);
  world.message(5, authorizer);
  for (const policy of policies) world.message(6, policy);
  for (const each of facts) world.message(7, each);
  return world.uint(8, snapshot.iterations);
}

/** Encodes `AuthorizerSnapshot`. */
export function writeSnapshot(snapshot: SnapshotContent): Uint8Array {
  const { limits, executionTimeNs } = snapshot;
  const written = new MessageWriter()
    .uint(1, limits.maxFacts)
    .uint(2, limits.maxIterations)
    .uint(3, limits.maxTimeNs);
  return new MessageWriter()
    .message(1, written)
    .uint(2, executionTimeNs)
    .message(3, writeWorld(snapshot))
    .finish();
}

/** Decodes the older `AuthorizerPolicies`: an authorizer alone, with symbols of its own. */
export function readPolicies(message: MessageReader): Program {
  const version = readVersion(message, 2);
  const symbols = SymbolTable.empty();
  symbols.extend(message.texts(1), []);
  const content: BlockContent = {
    facts: message.each(3, "Fact", readFact, symbols),
    rules: message.each(4, "Rule", readRule, symbols),
    checks: message.each(5, "Check", readCheck, symbols),
    scopes: [],
  };
  checkVersion(version, content, false);
  return {
    ...content,
    policies: message.each(6, "Policy", readPolicy, symbols),
  };
}

/** Encodes `AuthorizerPolicies`. Throws `invalid-value` for trusted keys and block scopes, which it has no place for. */
export function writePolicies(program: Program): Uint8Array {
  const symbols = SymbolTable.empty();
  const facts = program.facts.map((fact) => writeFact(fact, symbols));
  const rules = program.rules.map((rule) => writeRule(rule.head, rule, symbols));
  const checks = program.checks.map((check) => writeCheck(check, symbols));
  const policies = program.policies.map((policy) => writePolicy(policy, symbols));
  const all = symbols.since({ symbols: 0, keys: 0 });
  if (all.keys.length > 0 || program.scopes.length > 0) {
    const message =
      "saved policies have no place for public keys and for scopes of all statements; save a snapshot";
    throw new BiscuitError("invalid-value", message);
  }
  const message = new MessageWriter();
  for (const text of all.symbols) message.text(1, text);
  message.uint(2, MAX_VERSION);
  for (const fact of facts) message.message(3, fact);
  for (const rule of rules) message.message(4, rule);
  for (const check of checks) message.message(5, check);
  for (const policy of policies) message.message(6, policy);
  return message.finish();
}
