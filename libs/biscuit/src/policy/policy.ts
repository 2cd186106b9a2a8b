import { type CompiledPolicy, compilePolicy } from "../datalog/compile.ts";
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
import { compileBlock, type CompiledBlock, NO_TOKEN, programOf } from "./token-program.ts";

const describe = ({ origin, index, source }: FailedCheck): FailedCheckDescription => ({
  origin,
  index,
  source: printCheck(source.source),
});

/** An authorizer compiled once: facts, rules, checks and policies. Immutable; safe to keep for the life of a process. */
export class Policy {
  /** As source, one statement a line. */
  readonly source: string;
  readonly #block: CompiledBlock;
  readonly #policies: readonly CompiledPolicy[];
  readonly #descriptions: readonly DecidingPolicy[];
  /** For explanations. */
  readonly #program: () => Program;

  constructor(source: Source) {
    const program = parseProgram(source);
    this.#program = () => program;
    this.#block = compileBlock(program);
    this.#policies = program.policies.map(compilePolicy);
    this.#descriptions = program.policies.map((policy, index) => ({
      kind: policy.kind,
      index,
      source: printPolicy(policy),
    }));
    this.source =
      printBlock(program) + program.policies.map((policy) => `${printPolicy(policy)};\n`).join("");
  }

  /**
   * Decides about a token, or about a caller without one. Never throws for what a token holds: whatever goes wrong is a
   * refusal with reason `error`. Rules run first, then checks of the authorizer and the authority block, then policies
   * until one matches, then checks of the other blocks.
   */
  authorize(token: Biscuit | undefined, context: EvaluationContext = {}): Decision {
    const evidence: Evidence = { authorizer: this.#program, token: token?.data, context };
    try {
      return this.#decide(this.evaluate(token, context), evidence);
    } catch (error) {
      if (!(error instanceof BiscuitError)) throw error;
      return fail(error, evidence);
    }
  }

  /** For this library's own use: the evaluation after its rules have run. */
  evaluate(token: Biscuit | undefined, context: EvaluationContext): Evaluation {
    const program = token === undefined ? NO_TOKEN : programOf(token.data);
    const evaluation = new Evaluation(program, this.#block, context);
    evaluation.derive();
    return evaluation;
  }

  #decide(evaluation: Evaluation, evidence: Evidence): Decision {
    const first = evaluation.failedFirstChecks();
    const policy = this.#descriptions[evaluation.matchingPolicy(this.#policies)];
    const failedChecks = [...first, ...evaluation.failedLaterChecks()].map(describe);
    return decide(policy, failedChecks, evidence);
  }
}

/** Compiles the Datalog of an authorizer. Throws `syntax`, `invalid-rule` and the like, with a position. */
export function definePolicy(source: string): Policy {
  return new Policy(Source.of(source));
}
