import type { Program } from "../datalog/ast.ts";
import { notLoaded } from "../errors/biscuit-error.ts";
import type { Explanation, ExplainOptions } from "../explain/explanation.ts";
import type { ParameterInputs } from "../syntax/source-parameters.ts";
import type { Decision } from "./decision.ts";
import type { EvaluationContext } from "./evaluation.ts";
import type { TokenBlocks } from "./token-program.ts";

/** What a decision was made from: enough to make it again, slowly and in the open. */
export interface Evidence {
  readonly policy: Program;
  /** Values of the policy's parameters; they are filled in only when somebody asks. */
  readonly inputs: ParameterInputs | undefined;
  readonly token: TokenBlocks | undefined;
  readonly context: EvaluationContext;
}

export type Explainer = (
  decision: Decision,
  evidence: Evidence,
  options: ExplainOptions,
) => Explanation;

let installed: Explainer | undefined;

/**
 * Makes `decision.explain()` work. The module with the explainer calls it when it is loaded: this way the core, which every
 * page and edge function pays for, does not hold it.
 */
export function installExplainer(explainer: Explainer): void {
  installed = explainer;
}

/** A decision that remembers what it was made from, out of sight: neither `JSON.stringify` nor a spread shows it. */
export class Explainable {
  readonly #evidence: Evidence;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  /**
   * Why the decision is as it is: see `Explanation`. Works everything out when it is called, from the token, the policy
   * and the context as they were given; calls external functions again. Throws `not-installed` when only the core was
   * loaded.
   */
  explain(this: Decision & Explainable, options: ExplainOptions = {}): Explanation {
    if (installed !== undefined) return installed(this, this.#evidence, options);
    throw notLoaded("explanations are", "explain");
  }
}
