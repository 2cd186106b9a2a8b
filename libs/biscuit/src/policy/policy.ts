import type { Program } from "../datalog/ast.ts";
import { BiscuitError } from "../errors/biscuit-error.ts";
import { parseProgram } from "../syntax/parse-program.ts";
import { printCheck, printPolicy, printProgram } from "../syntax/print-statement.ts";
import { Source } from "../syntax/source.ts";
import type { ParameterInput, ParameterInputs } from "../syntax/source-parameters.ts";
import type { Biscuit } from "../token/biscuit.ts";
import type { TemplateValue } from "../token/block.ts";
import {
  decide,
  type DecidingPolicy,
  type Decision,
  fail,
  type FailedCheckDescription,
} from "./decision.ts";
import {
  type Bindings,
  Evaluation,
  type EvaluationContext,
  type FailedCheck,
  NO_BINDINGS,
} from "./evaluation.ts";
import type { Evidence } from "./explainable.ts";
import { LinkedProgram, remember } from "./linked-program.ts";
import { bindingsOf } from "./policy-parameters.ts";
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

/** Of a policy without parameters. */
export type NoParameters = Readonly<Record<string, never>>;

/** What the parameters of a policy may be: `definePolicy<{ now: Date; resource: string }>`. */
export type PolicyParameters<Names> = { readonly [Name in keyof Names]: ParameterInput };

const NO_CONTEXT: EvaluationContext = {};

/** An authorizer compiled once: facts, rules, checks and policies. Immutable; safe to keep for the life of a process. */
export class Policy<Parameters extends PolicyParameters<Parameters> = NoParameters> {
  readonly #program: Program;
  readonly #compiled: CompiledAuthorizer;
  /** With the token of the last decision: a gateway asks about one many times in a row. */
  #last: LinkedProgram | undefined;
  #descriptions: readonly DecidingPolicy[] | undefined;

  constructor(program: Program) {
    this.#program = program;
    this.#compiled = compileAuthorizer(this.#program);
  }

  /** As source, one statement a line. */
  get source(): string {
    return printProgram(this.#program);
  }

  /** Names of the parameters: `{now}` is `now`. */
  get parameters(): readonly string[] {
    const { parameters } = this.#program;
    return parameters === undefined ? [] : [...parameters.values, ...parameters.keys];
  }

  /**
   * Decides about a token, or about a caller without one. Never throws for what a token holds: whatever goes wrong is a
   * refusal with reason `error`. Rules run first, then checks of the authorizer and the authority block, then policies
   * until one matches, then checks of the other blocks.
   *
   * A policy with parameters takes their values before the context. They become terms without any parsing. Throws
   * `invalid-parameters` when one is missing or none of the policy's, and `invalid-value` for what is no term.
   */
  authorize(this: Policy, token: Biscuit | undefined, context?: EvaluationContext): Decision;
  authorize(
    token: Biscuit | undefined,
    parameters: Parameters,
    context?: EvaluationContext,
  ): Decision;
  authorize(
    token: Biscuit | undefined,
    first: EvaluationContext | ParameterInputs = NO_CONTEXT,
    second?: EvaluationContext,
  ): Decision {
    if (this.#isContext(first, second)) return this.authorizeBlocks(token?.data, first, undefined);
    return this.authorizeBlocks(token?.data, second ?? NO_CONTEXT, first);
  }

  /** For this library's own use: what was parsed, its parameters open. */
  get program(): Program {
    return this.#program;
  }

  /** For this library's own use: the evaluation after its rules have run. */
  evaluate(
    token: TokenBlocks | undefined,
    context: EvaluationContext,
    bindings: Bindings = NO_BINDINGS,
  ): Evaluation {
    const program = token === undefined ? NO_TOKEN : programOf(token);
    const evaluation = new Evaluation(this.#link(program), this.#compiled, context, bindings);
    evaluation.derive();
    return evaluation;
  }

  /** Only a policy without parameters takes a context in their place. */
  #isContext(
    first: EvaluationContext | ParameterInputs,
    second: EvaluationContext | undefined,
  ): first is EvaluationContext {
    return this.#program.parameters === undefined && second === undefined;
  }

  /** For this library's own use: as `authorize`, about blocks whoever vouches for them. */
  authorizeBlocks(
    token: TokenBlocks | undefined,
    context: EvaluationContext,
    inputs: ParameterInputs | undefined,
  ): Decision {
    const bindings =
      inputs === undefined ? NO_BINDINGS : bindingsOf(this.#program.parameters, inputs);
    const evidence: Evidence = { policy: this.#program, inputs, token, context };
    try {
      return this.#decide(this.evaluate(token, context, bindings), evidence);
    } catch (error) {
      if (!(error instanceof BiscuitError)) throw error;
      return fail(error, evidence);
    }
  }

  #link(token: TokenProgram): LinkedProgram {
    const last = this.#last;
    if (last?.token === token) return last;
    // Not before: a policy that is made for one request must not outlive it in a token that does.
    if (last !== undefined) remember(last);
    const known = token.met?.find(({ authorizer }) => authorizer.compiled === this.#compiled);
    return (this.#last = known ?? new LinkedProgram(token, this.#compiled));
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

/**
 * Compiles the Datalog of an authorizer, once. As a template, values in it are terms and never text, and `{name}` is a
 * parameter whose value each decision brings:
 *
 *     const read = definePolicy<{ now: Date; resource: string }>`time({now}); resource({resource});
 *       allow if right({resource}, "read");`;
 *     read.authorize(token, { now: new Date(), resource: "/a" });
 *
 * After `trusting` a parameter is a public key. Throws `syntax`, `invalid-rule` and the like, with a position.
 */
export function definePolicy<Parameters extends PolicyParameters<Parameters> = NoParameters>(
  source: string | TemplateStringsArray,
  ...values: readonly TemplateValue[]
): Policy<Parameters> {
  const opened =
    typeof source === "string" ? Source.open(source) : Source.fromTemplate(source, values, true);
  return new Policy<Parameters>(parseProgram(opened));
}
