import type { Decision } from "../policy/decision.ts";
import { type Evidence, installExplainer } from "../policy/explainable.ts";
import { describeTrace } from "./describe.ts";
import { Explanation, type ExplainOptions } from "./explanation.ts";
import { trace } from "./trace.ts";

const LEAST_STEPS = 1_000_000;
/** How much more a trace may cost than its evaluation: it also looks for what did not happen. */
const STEPS_FACTOR = 4;

function explainWith(
  decision: Decision,
  evidence: Evidence,
  { redact = [], maxSteps }: ExplainOptions,
): Explanation {
  const { maxSteps: allowed = 0 } = evidence.context.limits ?? {};
  const steps = maxSteps ?? Math.max(LEAST_STEPS, STEPS_FACTOR * allowed);
  return new Explanation(describeTrace(decision, trace(evidence, steps), redact));
}

/** Makes `decision.explain()` work. */
export function installExplanations(): void {
  installExplainer(explainWith);
}

/** Why a decision is as it is. The same as `decision.explain()`. */
export function explain(decision: Decision, options: ExplainOptions = {}): Explanation {
  return decision.explain(options);
}
