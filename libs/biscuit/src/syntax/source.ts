import type { SourcePosition } from "../errors/biscuit-error.ts";
import { type ParameterInputs, SourceParameters } from "./source-parameters.ts";

/** What stands in the text where a value of the caller's is meant. It has no meaning anywhere else in the grammar. */
const HOLE = "\u{fffc}";

const NO_VALUES: ReadonlyMap<number, unknown> = new Map();

/**
 * Datalog source, possibly with values of the caller's in it. Values never become text: the parser meets them as they
 * are, so no value can change how the source is read.
 */
export class Source {
  readonly text: string;
  readonly parameters: SourceParameters;
  readonly #values: ReadonlyMap<number, unknown>;

  private constructor(
    text: string,
    values: ReadonlyMap<number, unknown>,
    parameters: ParameterInputs | undefined,
  ) {
    this.text = text;
    this.parameters = new SourceParameters(parameters);
    this.#values = values;
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
    const before = this.text.slice(0, offset).split("\n");
    return { offset, line: before.length, column: Array.from(before.at(-1) ?? "").length + 1 };
  }

  /** The line at `offset` with a caret under it, for messages. */
  excerpt(offset: number): string {
    const { line, column } = this.position(offset);
    const text = (this.text.split("\n")[line - 1] ?? "")
      .replaceAll(HOLE, "…")
      .replaceAll("\t", " ");
    const characters = Array.from(text);
    // Long lines are cut around the place, so that a message stays readable.
    const start = Math.max(0, column - 1 - 60);
    const shown = characters.slice(start, start + 120).join("");
    return `${shown}\n${" ".repeat(column - 1 - start)}^`;
  }
}
