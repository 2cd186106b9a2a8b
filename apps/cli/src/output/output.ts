import { Progress } from "./progress.ts";

export interface OutputOptions {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Answers are JSON on standard output; everything for people goes to standard error. */
  readonly json: boolean;
  readonly quiet: boolean;
  /** Standard error is a terminal that may be redrawn. */
  readonly interactive: boolean;
  readonly color: boolean;
}

/** Where a command's words go: its answer to standard output, progress and remarks to standard error. */
export class Output {
  readonly #options: OutputOptions;
  readonly progress: Progress;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.progress = new Progress(options.stderr, {
      quiet: options.quiet,
      interactive: options.interactive,
    });
  }

  get json(): boolean {
    return this.#options.json;
  }

  get interactive(): boolean {
    return this.#options.interactive;
  }

  /** The command's answer: the document with --json, the text for people otherwise. */
  answer(document: unknown, text: () => string): void {
    this.#options.stdout.write(this.json ? `${JSON.stringify(document)}\n` : `${text()}\n`);
  }

  /** A remark for people. */
  note(text: string): void {
    if (!this.#options.quiet) this.#options.stderr.write(`${text}\n`);
  }

  /** Bad news for people, shown even when quiet. */
  complain(text: string): void {
    this.progress.clear();
    this.#options.stderr.write(`${text}\n`);
  }

  bold(text: string): string {
    return this.#paint(1, text);
  }

  red(text: string): string {
    return this.#paint(31, text);
  }

  green(text: string): string {
    return this.#paint(32, text);
  }

  #paint(code: number, text: string): string {
    return this.#options.color ? `\u001B[${code}m${text}\u001B[0m` : text;
  }
}
