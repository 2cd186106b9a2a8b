import { PublicKey } from "../crypto/public-key.ts";
import { Parameter } from "../datalog/ast.ts";
import { BiscuitError, reasonOf } from "../errors/biscuit-error.ts";
import { fromJs, type TermInput } from "../values/from-js.ts";
import type { Value } from "../values/value.ts";

/** What may stand for `{name}`: a term, or a public key after `trusting`. */
export type ParameterInput = TermInput | PublicKey;

/** Values for the parameters of a source, by name. */
export type ParameterInputs = Readonly<Record<string, ParameterInput>>;

/** Of everything that reads source. */
export interface SourceOptions {
  /**
   * Values for `{name}` in the source: terms, and public keys after `trusting`. Values are terms, never text. Each
   * parameter needs one and each must be used, otherwise `invalid-parameters` names those that are wrong.
   */
  readonly parameters?: ParameterInputs;
}

const list = (names: readonly string[]): string => names.map((name) => `{${name}}`).join(", ");

/** Throws `invalid-parameters` unless there is one value for each name and none for another. */
export function checkParameterNames(wanted: Iterable<string>, given: Iterable<string>): void {
  const [names, values] = [new Set(wanted), new Set(given)];
  const missing = [...names].filter((name) => !values.has(name));
  const unused = [...values].filter((name) => !names.has(name));
  if (missing.length === 0 && unused.length === 0) return;
  const parts = [
    ...(missing.length > 0 ? [`no value is given for ${list(missing)}`] : []),
    ...(unused.length > 0 ? [`the source has no parameter ${list(unused)}`] : []),
  ];
  throw new BiscuitError("invalid-parameters", parts.join("; "), {
    parameters: { missing, unused },
  });
}

/** The term for a parameter. Throws `invalid-value` and names it. */
export function parameterValue(name: string, input: unknown): Value {
  if (input instanceof PublicKey) {
    const message = `the parameter {${name}}: a public key stands only after trusting`;
    throw new BiscuitError("invalid-value", message);
  }
  try {
    return fromJs(input);
  } catch (cause) {
    throw new BiscuitError("invalid-value", `the parameter {${name}}: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

/** The key for a parameter. Throws `invalid-value` and names it. */
export function parameterKey(name: string, input: unknown): PublicKey {
  if (input instanceof PublicKey) return input;
  const message = `the parameter {${name}}: only a PublicKey can be trusted`;
  throw new BiscuitError("invalid-value", message);
}

/** Names that turned up as parameters, and what is known of each while the source is read. */
export class SourceParameters {
  readonly #inputs: ParameterInputs | undefined;
  readonly #names = new Set<string>();
  readonly #keys = new Set<string>();
  readonly #terms = new Map<string, Parameter>();

  /** Without `inputs` the values come later, with each use of what the source says. */
  constructor(inputs: ParameterInputs | undefined) {
    this.#inputs = inputs;
  }

  /** Whether values come later. */
  get isOpen(): boolean {
    return this.#inputs === undefined;
  }

  /** Names of public keys. */
  get keys(): readonly string[] {
    return [...this.#keys];
  }

  /** Names of terms. */
  get values(): readonly string[] {
    return [...this.#names].filter((name) => !this.#keys.has(name));
  }

  /** Everything that has to be filled, each once. */
  get terms(): readonly Parameter[] {
    return [...this.#terms.values()];
  }

  /** The value of `{name}`, or what stands for it until it comes. A missing value is told by `end`. */
  term(name: string): Value | Parameter {
    this.#names.add(name);
    if (this.#inputs === undefined)
      return this.later(new Parameter(`{${name}}`, (values) => values.get(name) ?? null));
    return Object.hasOwn(this.#inputs, name) ? parameterValue(name, this.#inputs[name]) : null;
  }

  /** The key that `{name}` stands for; `undefined` until it comes. */
  key(name: string): PublicKey | undefined {
    this.#names.add(name);
    this.#keys.add(name);
    if (this.#inputs === undefined || !Object.hasOwn(this.#inputs, name)) return undefined;
    return parameterKey(name, this.#inputs[name]);
  }

  /** One for each text, so that a parameter that stands in many places is filled once. */
  later(parameter: Parameter): Parameter {
    const known = this.#terms.get(parameter.name);
    if (known !== undefined) return known;
    this.#terms.set(parameter.name, parameter);
    return parameter;
  }

  /** At the end of the source. Throws `invalid-parameters` when values are missing or of no use. */
  end(): void {
    const inputs = this.#inputs;
    if (inputs !== undefined) return checkParameterNames(this.#names, Object.keys(inputs));
    // A name is a term or a key: no value is both.
    for (const name of this.#keys) {
      if (!this.#terms.has(`{${name}}`)) continue;
      const message = `{${name}} stands for a term and, after trusting, for a public key; use two names`;
      throw new BiscuitError("invalid-parameters", message);
    }
  }
}
