/** Why decisions are as they are. Exported as `@bastide/biscuit/explain`; loading it makes `decision.explain()` work. */
import { installExplanations } from "./explainer.ts";

installExplanations();

export { explain } from "./explainer.ts";
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
