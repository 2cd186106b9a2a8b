import { BiscuitError } from "../errors/biscuit-error.ts";
import type { BiscuitErrorCode } from "../errors/codes.ts";
import type { SourceError } from "./diagnostic.ts";
import type { Source } from "./source.ts";

/** What is wrong at one place of a source. Becomes a diagnostic, and the first of them a `BiscuitError`. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: BiscuitErrorCode;
  readonly expected: readonly string[];
  /** In UTF-16 units. */
  readonly offset: number;

  constructor(
    message: string,
    expected: readonly string[],
    code: BiscuitErrorCode,
    offset: number,
  ) {
    super(message);
    this.code = code;
    this.expected = expected;
    this.offset = offset;
  }
}

/** A problem as a suggestion sees it. */
export interface Slip {
  readonly text: string;
  /** Where the statement begins. */
  readonly start: number;
  /** Where the problem is. */
  readonly at: number;
  readonly expected: readonly string[];
  readonly code: BiscuitErrorCode;
  /** "line 1, column 2" */
  readonly place: (offset: number) => string;
}

/** What reads source for the sake of people, and is not in the core, which everybody pays for. */
export interface SourceHelp {
  readonly suggestionFor: (slip: Slip) => string | undefined;
  /** Where reading goes on after a problem in a statement that begins at `start`. */
  readonly resumption: (text: string, problem: Problem, start: number) => number;
  /** Where the token at `offset` ends. */
  readonly tokenEnd: (text: string, offset: number) => number;
  /** Where a variable is first written between two places. */
  readonly offsetOfVariable: (
    text: string,
    name: string,
    start: number,
    end: number,
  ) => number | undefined;
}

let help: SourceHelp | undefined;

/** Gives errors their suggestions and exact places, and finds all of a source at once. */
export function installSourceHelp(installed: SourceHelp): void {
  help = installed;
}

/** What was installed. Without it the first problem has to do, and the place where its statement or query begins. */
export const sourceHelp = (): SourceHelp | undefined => help;

/** `start` is where the statement begins that the problem lies in. */
export function diagnose(source: Source, problem: Problem, start: number): SourceError {
  const { message, code, expected, offset } = problem;
  const suggestion = help?.suggestionFor({
    text: source.text,
    start,
    at: offset,
    expected,
    code,
    place: (at) => placeOf(source, at),
  });
  return {
    severity: "error",
    code,
    message,
    position: source.position(offset),
    end: source.position(help?.tokenEnd(source.text, offset) ?? offset),
    expected,
    suggestion,
  };
}

function placeOf(source: Source, offset: number): string {
  const { line, column } = source.position(offset);
  return `line ${line}, column ${column}`;
}

/** The error of a source with problems: it tells of the first and carries them all. */
export function errorOfDiagnostics(
  source: Source,
  first: SourceError,
  diagnostics: readonly SourceError[],
): BiscuitError {
  const { code, message, position, expected, suggestion } = first;
  const hint = suggestion === undefined ? "" : `; ${suggestion}`;
  const place = `line ${position.line}, column ${position.column}`;
  const text = `${message} at ${place}${hint}\n${source.excerpt(position.offset)}`;
  return new BiscuitError(code, text, { position, expected, suggestion, diagnostics });
}

/** Runs what reads a source with a cursor of its own. Its problem is thrown as a `BiscuitError`. */
export function reading<Result>(source: Source, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const diagnostic = diagnose(source, error, error.offset);
    throw errorOfDiagnostics(source, diagnostic, [diagnostic]);
  }
}
