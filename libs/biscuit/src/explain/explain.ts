import type { Decision } from "../policy/decision.ts";
import { type Evidence, type Explainer, installExplainer } from "../policy/explainable.ts";
import { describeTrace } from "./describe.ts";
import { Explanation, type ExplainOptions } from "./explanation.ts";
import { trace } from "./trace.ts";

/** Four times what an evaluation may cost by default: a trace also looks for what did not happen. */
const DEFAULT_STEPS = 1_000_000;

function explainWith(
  decision: Decision,
  evidence: Evidence,
  { redact = [], maxSteps = DEFAULT_STEPS }: ExplainOptions,
): Explanation {
  return new Explanation(describeTrace(decision, trace(evidence, maxSteps), redact));
}

const explainer: Explainer = explainWith;
installExplainer(explainer);

/** Why a decision is as it is. The same as `decision.explain()`. */
export function explain(decision: Decision, options: ExplainOptions = {}): Explanation {
  return decision.explain(options);
}

export {
  type ExplainedCheck,
  type ExplainedError,
  type ExplainedFact,
  type ExplainedFalse,
  type ExplainedMiss,
  type ExplainedPart,
  type ExplainedPolicy,
  type ExplainedQuery,
  Explanation,
  type ExplanationData,
  type ExplainOptions,
  type Origin,
  type Redaction,
} from "./explanation.ts";
