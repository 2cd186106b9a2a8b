import type { Fact } from "../datalog/ast.ts";
import { AUTHORIZER } from "../datalog/origin.ts";
import { DEFAULT_RUN_LIMITS } from "../limits.ts";
import { printBlock, printProgram } from "../syntax/print-statement.ts";
import { printPredicate } from "../syntax/print-term.ts";
import type { Biscuit } from "../token/biscuit.ts";
import { fromBase64, toBase64 } from "../wire/base64.ts";
import { checkSize } from "../wire/envelope.ts";
import { MessageReader } from "../wire/message-reader.ts";
import {
  type OriginFacts,
  readPolicies,
  readSnapshot,
  type SnapshotContent,
  writePolicies,
  writeSnapshot,
} from "../wire/snapshot-codec.ts";
import type { Decision } from "./decision.ts";
import type { EvaluationContext, WorldFact } from "./evaluation.ts";
import { Policy, type PolicyParameters } from "./policy.ts";
import { fillProgram } from "./filled-program.ts";

/** Time limits of the format, which this library does not count: what the reference implementation sets by default. */
const MAX_TIME_NS = 1_000_000;

function open(name: string, input: string | Uint8Array): MessageReader {
  const bytes = typeof input === "string" ? fromBase64(input.trim()) : Uint8Array.from(input);
  checkSize(bytes);
  return MessageReader.of(name, bytes);
}

/** Facts of one origin together, origins in the order they are met. */
function byOrigin(facts: readonly WorldFact[]): OriginFacts[] {
  const groups = new Map<string, { origin: OriginFacts["origin"]; facts: Fact[] }>();
  for (const { name, terms, origin } of facts) {
    const key = origin.join();
    const group = groups.get(key) ?? {
      origin: origin.map((block) => (block === AUTHORIZER ? "authorizer" : block)),
      facts: [],
    };
    group.facts.push({ name, terms });
    groups.set(key, group);
  }
  return [...groups.values()];
}

const printOrigin = (origin: OriginFacts["origin"]): string => origin.join(", ");

/**
 * An authorizer with a token's Datalog, as it can be kept, sent and looked into: the message `AuthorizerSnapshot` that the
 * reference implementation writes too. It holds no signature and no key of the token: whoever loads one trusts whoever
 * wrote it. Immutable.
 */
export class AuthorizerSnapshot {
  /** What the message says. Its facts are those of the world, given and derived; deciding derives them anew. */
  readonly content: SnapshotContent;
  #policy: Policy | undefined;

  private constructor(content: SnapshotContent) {
    this.content = content;
  }

  /**
   * Of a policy and a token, or a caller without one, after all rules have run. Facts of the context become the
   * authorizer's, and so do the values of parameters. Throws `invalid-parameters` and what deriving throws.
   */
  static of<Parameters extends PolicyParameters<Parameters>>(
    policy: Policy<Parameters>,
    token: Biscuit | undefined,
    context: EvaluationContext = {},
    parameters?: Parameters,
  ): AuthorizerSnapshot {
    const limits = { ...DEFAULT_RUN_LIMITS, ...context.limits };
    const program = fillProgram(policy.program, { ...parameters });
    const evaluation = new Policy(program).evaluate(token?.data, context);
    return new AuthorizerSnapshot({
      limits: {
        maxFacts: limits.maxFacts,
        maxIterations: limits.maxIterations,
        maxTimeNs: MAX_TIME_NS,
      },
      // No clock is looked at, so that the same authorizer always gives the same bytes.
      executionTimeNs: 0,
      iterations: evaluation.world.iterations,
      blocks:
        token?.data.blocks.map(({ content, version, externalKey }) => ({
          content,
          version,
          externalKey,
        })) ?? [],
      authorizer: { ...program, facts: [...program.facts, ...(context.facts ?? [])] },
      facts: byOrigin(evaluation.facts()),
    });
  }

  /** From bytes or URL-safe base64. Throws `malformed-token`, `malformed-snapshot`, `too-large` and the like. */
  static parse(input: string | Uint8Array): AuthorizerSnapshot {
    return new AuthorizerSnapshot(readSnapshot(open("AuthorizerSnapshot", input)));
  }

  /** The authorizer alone, ready to decide about other tokens. */
  get policy(): Policy {
    return (this.#policy ??= new Policy(this.content.authorizer));
  }

  /**
   * Decides as the authorizer did. The snapshot's limits on facts and rounds hold unless the context has others; steps are
   * this library's own.
   */
  authorize(context: EvaluationContext = {}): Decision {
    const { maxFacts, maxIterations } = this.content.limits;
    const limits = {
      maxFacts: Number(maxFacts),
      maxIterations: Number(maxIterations),
      ...context.limits,
    };
    return this.policy.authorizeBlocks(this.content, { ...context, limits }, undefined);
  }

  /** Everything in it as text for people: facts by origin, then the authorizer and the blocks as source. */
  toString(): string {
    const { facts, authorizer, blocks } = this.content;
    const world = facts.flatMap((each) => [
      `// facts of ${printOrigin(each.origin)}`,
      ...each.facts.map((fact) => `${printPredicate(fact)};`).toSorted(),
    ]);
    const sources = blocks.map(({ content }, i) => `// block ${i}\n${printBlock(content)}`);
    return `${world.join("\n")}\n\n// authorizer\n${printProgram(authorizer)}\n${sources.join("\n")}`;
  }

  toBytes(): Uint8Array {
    return writeSnapshot(this.content);
  }

  /** URL-safe base64, as the reference implementation writes snapshots as text. */
  toBase64(): string {
    return toBase64(this.toBytes());
  }
}

/** A policy's statements as the older message `AuthorizerPolicies`. Throws `invalid-value` when it trusts public keys. */
export function savePolicies(policy: Policy): Uint8Array {
  return writePolicies(policy.program);
}

/** A policy from `AuthorizerPolicies`. Throws `malformed-token` and the like. */
export function loadPolicies(bytes: Uint8Array): Policy {
  return new Policy(readPolicies(open("AuthorizerPolicies", bytes)));
}
