import type { Regex } from "../regex/regex.ts";
import type { TermInput } from "../values/from-js.ts";
import type { TermOutput } from "../values/to-js.ts";
import type { Budget } from "./budget.ts";

/**
 * A function of the host, called as `operand.extern::name(argument)`. Without parentheses' content `argument` is
 * undefined. Must be pure and quick: how often it is called is not promised. What it throws ends the evaluation.
 */
export type ExternFunction = (operand: TermOutput, argument: TermOutput | undefined) => TermInput;

export type Externs = Readonly<Record<string, ExternFunction>>;

/** What expressions need while they are evaluated. One per evaluation. */
export interface RunContext {
  readonly budget: Budget;
  readonly externs: Externs;
  /** Compiled patterns; `undefined` for patterns that are not valid, which match nothing. */
  readonly regexes: Map<string, Regex | undefined>;
}
