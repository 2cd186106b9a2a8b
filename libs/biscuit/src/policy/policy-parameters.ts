import type { ParameterValues, ProgramParameters } from "../datalog/ast.ts";
import {
  checkParameterNames,
  type ParameterInputs,
  parameterKey,
  parameterValue,
} from "../syntax/source-parameters.ts";
import { type Bindings, NO_BINDINGS } from "./evaluation.ts";
import type { KeyParameters } from "./trusts.ts";

/** Values and keys by the names of their parameters. */
export interface Filling {
  readonly values: ParameterValues;
  readonly keys: KeyParameters;
}

/** Throws `invalid-parameters` and `invalid-value`. */
export function fillingOf({ values, keys }: ProgramParameters, inputs: ParameterInputs): Filling {
  const given = Object.keys(inputs).filter((name) => inputs[name] !== undefined);
  checkParameterNames([...values, ...keys], given);
  return {
    values: new Map(values.map((name) => [name, parameterValue(name, inputs[name])])),
    keys: new Map(keys.map((name) => [name, parameterKey(name, inputs[name])])),
  };
}

/**
 * What an evaluation gets for the parameters of its policy. Nothing is parsed: each value goes to the slot that its
 * parameter has in the compiled policy. Throws `invalid-parameters` and `invalid-value`.
 */
export function bindingsOf(
  parameters: ProgramParameters | undefined,
  inputs: ParameterInputs,
): Bindings {
  if (parameters === undefined) {
    checkParameterNames([], Object.keys(inputs));
    return NO_BINDINGS;
  }
  const { values, keys } = fillingOf(parameters, inputs);
  return { values: parameters.terms.map((term) => term.fill(values)), keys };
}
