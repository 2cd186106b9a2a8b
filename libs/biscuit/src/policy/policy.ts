import type { Program } from "../datalog/ast.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { parseProgram } from "../syntax/parse-program.ts";
import { printBlock, printCheck, printPolicy } from "../syntax/print-statement.ts";
import { Source } from "../syntax/source.ts";
import type { Biscuit } from "../token/biscuit.ts";
import {
  decide,
  type DecidingPolicy,
  type Decision,
  fail,
  type FailedCheckDescription,
} from "./decision.ts";
import type { Evidence } from "./explainable.ts";
import { Evaluation, type EvaluationContext, type FailedCheck } from "./evaluation.ts";
import { LinkedProgram } from "./linked-program.ts";
import {
  type CompiledAuthorizer,
  compileAuthorizer,
  NO_TOKEN,
  programOf,
  type TokenBlocks,
  type TokenProgram,
} from "./token-program.ts";

/** Printing costs more than deciding, and most descriptions are never read: the source is printed when it is. */
const describe = ({ origin, index, source: { source } }: FailedCheck): FailedCheckDescription => ({
  origin,
  index,
  get source() {
    return printCheck(source);
  },
});

/** An authorizer compiled once: facts, rules, checks and policies. Immutable; safe to keep for the life of a process. */
export class Policy {
  readonly #program: Program;
  readonly #compiled: CompiledAuthorizer;
  readonly #linked = new WeakMap<TokenProgram, LinkedProgram>();
  #descriptions: readonly DecidingPolicy[] | undefined;

  constructor(program: Program) {
    this.#program = program;
    this.#compiled = compileAuthorizer(this.#program);
  }

  /** As source, one statement a line. */
  get source(): string {
    const { policies } = this.#program;
    return (
      printBlock(this.#program) + policies.map((policy) => `${printPolicy(policy)};\n`).join("")
    );
  }

  /**
   * Decides about a token, or about a caller without one. Never throws for what a token holds: whatever goes wrong is a
   * refusal with reason `error`. Rules run first, then checks of the authorizer and the authority block, then policies
   * until one matches, then checks of the other blocks.
   */
  authorize(token: Biscuit | undefined, context: EvaluationContext = {}): Decision {
    return this.authorizeBlocks(token?.data, context);
  }

  /** For this library's own use: as `authorize`, about blocks whoever vouches for them. */
  authorizeBlocks(token: TokenBlocks | undefined, context: EvaluationContext): Decision {
    const evidence: Evidence = { authorizer: () => this.#program, token, context };
    try {
      return this.#decide(this.evaluate(token, context), evidence);
    } catch (error) {
      if (!(error instanceof BiscuitError)) throw error;
      return fail(error, evidence);
    }
  }

  /** For this library's own use. */
  get program(): Program {
    return this.#program;
  }

  /** For this library's own use: the evaluation after its rules have run. */
  evaluate(token: TokenBlocks | undefined, context: EvaluationContext): Evaluation {
    const program = token === undefined ? NO_TOKEN : programOf(token);
    const evaluation = new Evaluation(this.#link(program), this.#compiled, context);
    evaluation.derive();
    return evaluation;
  }

  #link(token: TokenProgram): LinkedProgram {
    const known = this.#linked.get(token);
    if (known !== undefined) return known;
    const linked = new LinkedProgram(token, this.#compiled);
    this.#linked.set(token, linked);
    return linked;
  }

  #decide(evaluation: Evaluation, evidence: Evidence): Decision {
    const failed = evaluation.failedFirstChecks();
    const index = evaluation.matchingPolicy(this.#compiled.policies);
    evaluation.failedLaterChecks(failed);
    const policy = index < 0 ? undefined : this.#describePolicies()[index];
    return decide(policy, failed.map(describe), evidence);
  }

  #describePolicies(): readonly DecidingPolicy[] {
    return (this.#descriptions ??= this.#program.policies.map((policy, index) => ({
      kind: policy.kind,
      index,
      get source() {
        return printPolicy(policy);
      },
    })));
  }
}

/** Compiles the Datalog of an authorizer. Throws `syntax`, `invalid-rule` and the like, with a position. */
export function definePolicy(source: string): Policy {
  return new Policy(parseProgram(Source.of(source)));
}
