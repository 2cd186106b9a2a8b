import { stat } from "node:fs/promises";
import { isMissing } from "../disk/file-errors.ts";
import type { TimeMark } from "./domain/time-marks.ts";
import { timeAt, withMark } from "./domain/time-marks.ts";
import { followFile } from "./follow-file.ts";
import type { SplitLine } from "./line-splitter.ts";
import { readTail } from "./read-backwards.ts";
import { rotateIfLarge } from "./rotate.ts";

export type StreamName = "stdout" | "stderr";

export interface TimedLine {
  readonly atMs: number;
  readonly stream: StreamName;
  readonly text: string;
}

/** One of an instance's two logs: rotated, and with times as nearly as they are known. */
export class InstanceLog {
  readonly #path: string;
  readonly #stream: StreamName;
  #marks: readonly TimeMark[] = [];

  constructor(path: string, stream: StreamName) {
    this.#path = path;
    this.#stream = stream;
  }

  /** To be called about once a second: notes growth, and rotates. */
  async tend(): Promise<void> {
    try {
      const { size, mtimeMs } = await stat(this.#path);
      this.#marks = withMark(this.#marks, { offset: size, atMs: Math.round(mtimeMs) });
      if (await rotateIfLarge(this.#path)) this.#marks = [];
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  /** The last lines, and where they end. */
  async tail(lines: number): Promise<{ lines: TimedLine[]; end: number }> {
    const found = await readTail(this.#path, lines);
    const otherwiseMs = await this.#changedAt();
    const timed = found.lines.map((line) => this.#timed(line, otherwiseMs));
    return { lines: timed, end: found.end };
  }

  /** Lines as they come, with the time of their reading. */
  async *follow(from: number, signal: AbortSignal): AsyncGenerator<TimedLine> {
    for await (const { text } of followFile(this.#path, from, signal))
      yield { atMs: Date.now(), stream: this.#stream, text };
  }

  async #changedAt(): Promise<number> {
    return stat(this.#path).then(
      ({ mtimeMs }) => Math.round(mtimeMs),
      () => Date.now(),
    );
  }

  #timed({ text, offset }: SplitLine, otherwiseMs: number): TimedLine {
    return { atMs: timeAt(this.#marks, offset, otherwiseMs), stream: this.#stream, text };
  }
}
