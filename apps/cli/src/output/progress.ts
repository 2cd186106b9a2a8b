import type { Phase, Reporter } from "./reporter.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
/** Without a terminal, when a phase first says that it is still going, and how often after that. */
const PULSE_MS = { first: 1_000, next: 10_000 };

/** Phases with their times: a spinner on a terminal, plain lines elsewhere. */
export class Progress implements Reporter {
  readonly #stream: NodeJS.WritableStream;
  readonly #options: { readonly quiet: boolean; readonly interactive: boolean };
  #drawn = false;

  constructor(
    stream: NodeJS.WritableStream,
    options: { readonly quiet: boolean; readonly interactive: boolean },
  ) {
    this.#stream = stream;
    this.#options = options;
  }

  /** Begins a phase. Only one is drawn at a time. */
  begin(name: string): Phase {
    const started = performance.now();
    let note = "";
    let frame = 0;
    const draw = () => {
      const mark = FRAMES[frame++ % FRAMES.length] ?? "";
      this.#redraw(`${mark} ${name}${note === "" ? "" : `  ${note}`}  ${secondsSince(started)}`);
    };
    const pulse = () =>
      this.#line(`… ${name}${note === "" ? "" : `  ${note}`}  ${secondsSince(started)} so far`);
    const stop = this.#options.interactive
      ? repeat(draw, { first: FRAME_MS, next: FRAME_MS })
      : repeat(pulse, PULSE_MS);
    const end = (mark: string, text?: string) => {
      stop();
      this.clear();
      const more = text ?? note;
      this.#line(`${mark} ${name}  ${secondsSince(started)}${more === "" ? "" : `  ${more}`}`);
    };
    return {
      update: (text) => void (note = text),
      done: (text) => end("✓", text),
      failed: (text) => end("✗", text),
    };
  }

  remark(text: string): void {
    this.clear();
    this.#line(text);
  }

  /** Takes the spinner off the terminal. */
  clear(): void {
    if (this.#drawn) this.#stream.write("\r\u001B[K");
    this.#drawn = false;
  }

  #redraw(text: string): void {
    if (this.#options.quiet) return;
    this.#stream.write(`\r\u001B[K${text}`);
    this.#drawn = true;
  }

  #line(text: string): void {
    if (!this.#options.quiet) this.#stream.write(`${text}\n`);
  }
}

/** Says something again and again, until what is returned is called; no reason for the process to live. */
function repeat(say: () => void, after: { readonly first: number; readonly next: number }) {
  const again = () => {
    say();
    timer = setTimeout(again, after.next).unref();
  };
  let timer = setTimeout(again, after.first).unref();
  return () => clearTimeout(timer);
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;

const secondsSince = (started: number): string => seconds(performance.now() - started);
