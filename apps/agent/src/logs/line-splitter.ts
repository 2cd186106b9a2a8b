/** A longer line is cut there: nothing that an instance writes may fill our memory. */
export const MAX_LINE_BYTES = 16 * 1024;
const NEWLINE = 10;
const CUT_MARK = " … (line cut)";

export interface SplitLine {
  readonly text: string;
  /** Where the line began, in bytes from where the splitter began. */
  readonly offset: number;
}

/** Cuts bytes into lines, whatever chunks they come in; holds at most one line. */
export class LineSplitter {
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isCutting = false;
  #lineStart: number;
  #offset: number;

  constructor(offset: number) {
    this.#offset = offset;
    this.#lineStart = offset;
  }

  /** Whole lines so far, without their line breaks. */
  push(chunk: Buffer): SplitLine[] {
    const lines: SplitLine[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#hold(chunk.subarray(from, at));
      from = at + 1;
      lines.push(this.#take(this.#offset + from));
    }
    this.#hold(chunk.subarray(from));
    this.#offset += chunk.length;
    return lines;
  }

  /** What came after the last line break; nothing more will come. */
  end(): SplitLine[] {
    return this.#heldBytes > 0 || this.#isCutting ? [this.#take(this.#offset)] : [];
  }

  #hold(part: Buffer): void {
    const room = MAX_LINE_BYTES - this.#heldBytes;
    if (part.length > room) this.#isCutting = true;
    const kept = part.subarray(0, room);
    if (kept.length === 0) return;
    // A copy: the chunk's memory is used again for the next read.
    this.#held.push(Buffer.from(kept));
    this.#heldBytes += kept.length;
  }

  #take(nextStart: number): SplitLine {
    const text = Buffer.concat(this.#held).toString("utf8").replace(/\r$/, "");
    const line = { text: this.#isCutting ? text + CUT_MARK : text, offset: this.#lineStart };
    this.#held = [];
    this.#heldBytes = 0;
    this.#isCutting = false;
    this.#lineStart = nextStart;
    return line;
  }
}
