/** Enough that the usage text of a package manager does not push its error out. */
const KEPT = 100;
const MAX_LINE = 2000;
const MAX_LINES = 20_000;

/** What a build says: handed on line by line within bounds, the last lines kept for the error message. */
export class BuildLog {
  readonly #emit: (line: string) => void;
  #last: string[] = [];
  #count = 0;

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  /** The end of what the last command said. */
  get lastLines(): readonly string[] {
    return this.#last;
  }

  /** A line of our own; also where the next command's lines begin. */
  say(line: string): void {
    this.#last = [];
    this.#emit(line);
  }

  readonly line = (text: string): void => {
    const line = text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text;
    this.#last.push(line);
    if (this.#last.length > KEPT) this.#last.shift();
    this.#count += 1;
    if (this.#count < MAX_LINES) this.#emit(line);
    if (this.#count === MAX_LINES) this.#emit(`… only the first ${MAX_LINES} lines are shown`);
  };
}
