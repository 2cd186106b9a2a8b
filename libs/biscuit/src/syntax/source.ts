import type { SourcePosition } from "../errors/biscuit-error.ts";
import { type ParameterInputs, SourceParameters } from "./source-parameters.ts";

/** What stands in the text where a value of the caller's is meant. It has no meaning anywhere else in the grammar. */
const HOLE = "\u{fffc}";

function isEmpty(inputs: ParameterInputs | undefined): boolean {
  return inputs === undefined || Object.keys(inputs).length === 0;
}
const isPair = (text: string, at: number): boolean => (text.codePointAt(at) ?? 0) > 0xffff;

const NO_VALUES: ReadonlyMap<number, unknown> = new Map();

/**
 * Datalog source, possibly with values of the caller's in it. Values never become text: the parser meets them as they
 * are, so no value can change how the source is read.
 */
export class Source {
  readonly text: string;
  readonly #values: ReadonlyMap<number, unknown>;
  readonly #inputs: ParameterInputs | undefined;
  #parameters: SourceParameters | undefined;

  private constructor(
    text: string,
    values: ReadonlyMap<number, unknown>,
    parameters: ParameterInputs | undefined,
  ) {
    this.text = text;
    this.#inputs = parameters;
    this.#values = values;
  }

  /** Made for the first parameter, since most sources have none. */
  get parameters(): SourceParameters {
    return (this.#parameters ??= new SourceParameters(this.#inputs));
  }

  /** What stays open when all is read; `undefined` when nothing does. Throws `invalid-parameters`. */
  endParameters(): SourceParameters | undefined {
    if (this.#parameters === undefined && isEmpty(this.#inputs)) return undefined;
    this.parameters.end();
    return this.parameters.isOpen ? this.parameters : undefined;
  }

  /** `parameters` are the values of `{name}` in the text. */
  static of(text: string, parameters: ParameterInputs = {}): Source {
    return new Source(text, NO_VALUES, parameters);
  }

  /** Text whose parameters get their values later. */
  static open(text: string): Source {
    return new Source(text, NO_VALUES, undefined);
  }

  /** From the parts of a tagged template, whose parameters, if it `isOpen`, get their values later. */
  static fromTemplate(
    parts: readonly string[],
    values: readonly unknown[],
    isOpen = false,
  ): Source {
    const holes = new Map<number, unknown>();
    let text = parts[0] ?? "";
    for (const [i, value] of values.entries()) {
      holes.set(text.length, value);
      text += HOLE + (parts[i + 1] ?? "");
    }
    return new Source(text, holes, isOpen ? undefined : {});
  }

  isHole(offset: number): boolean {
    return this.#values.size > 0 && this.#values.has(offset);
  }

  valueAt(offset: number): unknown {
    return this.#values.get(offset);
  }

  /** Whether any value lies between two offsets. */
  hasHoleWithin(start: number, end: number): boolean {
    if (this.#values.size === 0) return false;
    return [...this.#values.keys()].some((offset) => offset >= start && offset < end);
  }

  position(offset: number): SourcePosition {
    let [line, start] = [1, 0];
    for (let end = this.#lineEnd(0); end < offset; end = this.#lineEnd(start)) {
      line++;
      start = end + 1;
    }
    let column = 1;
    // A trail surrogate belongs to the code point before it.
    for (let at = start; at < offset; at++) {
      if (at === start || !isPair(this.text, at - 1)) column++;
    }
    return { offset, line, column };
  }

  /** Where the line that holds `from` ends. */
  #lineEnd(from: number): number {
    const end = this.text.indexOf("\n", from);
    return end < 0 ? this.text.length : end;
  }

  /** The line at `offset` with a caret under it, for messages; a long line is cut around the place. */
  excerpt(offset: number): string {
    const lineStart = offset === 0 ? 0 : this.text.lastIndexOf("\n", offset - 1) + 1;
    const start = Math.max(lineStart, offset - 60);
    const end = Math.min(this.#lineEnd(offset), start + 120);
    const shown = this.text.slice(start, end).replaceAll(HOLE, "…").replaceAll("\t", " ");
    const before = Array.from(shown.slice(0, offset - start)).length;
    return `${shown.toWellFormed()}\n${" ".repeat(before)}^`;
  }
}
