import { open } from "node:fs/promises";
import { isMissing } from "../disk/file-errors.ts";
import { LineSplitter, type SplitLine } from "./line-splitter.ts";

/** However many lines are asked for, no more than this is read from the end of a file. */
const MAX_READ_BYTES = 4 * 1024 * 1024;
/** A guess at a line's length, to read little where few lines are asked for. */
const GUESS_BYTES = 256;

export interface FileTail {
  readonly lines: readonly SplitLine[];
  /** Size of what was looked at: where a follower goes on. */
  readonly end: number;
}

/** The last lines of a file; none when it is not there. */
export async function readTail(path: string, lines: number): Promise<FileTail> {
  try {
    await using file = await open(path, "r");
    const { size } = await file.stat();
    let bytes = Math.min(size, MAX_READ_BYTES, Math.max(4096, lines * GUESS_BYTES));
    for (;;) {
      const buffer = Buffer.alloc(bytes);
      const { bytesRead } = await file.read(buffer, 0, bytes, size - bytes);
      const found = linesIn(buffer.subarray(0, bytesRead), size - bytes);
      const isAll = bytes === Math.min(size, MAX_READ_BYTES);
      if (found.length >= lines || isAll)
        return { lines: lines === 0 ? [] : found.slice(-lines), end: size };
      bytes = Math.min(size, MAX_READ_BYTES, bytes * 4);
    }
  } catch (error) {
    if (isMissing(error)) return { lines: [], end: 0 };
    throw error;
  }
}

/** What began before the part that was read is left out. */
function linesIn(part: Buffer, offset: number): SplitLine[] {
  const splitter = new LineSplitter(offset);
  const lines = [...splitter.push(part), ...splitter.end()];
  return offset === 0 ? lines : lines.slice(1);
}
