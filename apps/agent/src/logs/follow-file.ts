import { open, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { isMissing } from "../disk/file-errors.ts";
import { LineSplitter, type SplitLine } from "./line-splitter.ts";

const POLL_MS = 50;
const CHUNK_BYTES = 64 * 1024;
/** Who is farther behind goes on this far from the end: the file is its writer's, who may make it as large as it likes. */
const MOST_BEHIND_BYTES = 16 * 1024 * 1024;

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

/** Chunks of a file between two offsets, through one buffer. */
async function* chunksOf(path: string, from: number, to: number): AsyncGenerator<Buffer> {
  if (from >= to) return;
  await using file = await open(path, "r");
  const buffer = Buffer.alloc(CHUNK_BYTES);
  for (let at = from; at < to;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK_BYTES, to - at), at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * Lines of a log from an offset on, as they are written, until the signal is aborted; what is unfinished then is
 * yielded as a line. Goes on across rotation (`<path>.1` is the log as it was before it was emptied).
 */
export async function* followFile(
  path: string,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<SplitLine> {
  let splitter = new LineSplitter(from);
  let at = from;
  for (;;) {
    // Looked at before the end is: what was written before the abort is still read.
    const isLast = signal.aborted;
    const size = await sizeOf(path);
    if (size < at) {
      for await (const chunk of chunksOf(`${path}.1`, at, await sizeOf(`${path}.1`)))
        yield* splitter.push(chunk);
      yield* splitter.end();
      splitter = new LineSplitter(0);
      at = 0;
    }
    if (size - at > MOST_BEHIND_BYTES) {
      at = size - MOST_BEHIND_BYTES;
      yield* splitter.end();
      splitter = new LineSplitter(at);
    }
    for await (const chunk of chunksOf(path, at, size)) {
      at += chunk.length;
      yield* splitter.push(chunk);
    }
    if (isLast) break;
    await delay(POLL_MS, undefined, { signal }).catch(() => {});
  }
  yield* splitter.end();
}
