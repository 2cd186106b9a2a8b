import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { Header, Pax } from "tar";
import { BuilderError } from "../builder-error.ts";
import { shown } from "./entry-path.ts";
import type { TreeEntry } from "./tree-entry.ts";

/** 1980-01-01T00:00:00Z, the oldest time that zip can tell as well; every entry has it. */
const FIXED_TIME = new Date("1980-01-01T00:00:00Z");
const BLOCK = 512;
/** Files up to this are read whole, many at once; larger ones are streamed, one at a time. */
const SMALL_BYTES = 256 * 1024;
const FILES_AT_ONCE = 32;
const CHUNK_BYTES = 1024 * 1024;

/**
 * The canonical tar of a tree (POSIX.1-2001 pax): entries in the order given, one fixed time, owner and group 0 without
 * names, modes 755 and 644, extended headers only for what ustar cannot hold, two zero blocks at the end and no other
 * padding. The same tree gives the same bytes on every machine.
 */
export async function* canonicalTar(entries: AsyncIterable<TreeEntry>): AsyncGenerator<Uint8Array> {
  yield* gathered(blocks(entries));
}

async function* blocks(entries: AsyncIterable<TreeEntry>): AsyncGenerator<Uint8Array> {
  for await (const batch of batched(entries)) {
    const contents = await Promise.all(batch.map(smallContent));
    for (const [index, entry] of batch.entries()) {
      yield* headerBlocks(entry);
      const content = contents[index];
      if (content !== undefined) yield content;
      else if (entry.kind === "file") yield* largeContent(entry);
      if (entry.kind === "file") yield padding(entry.sizeBytes);
    }
  }
  yield Buffer.alloc(2 * BLOCK);
}

async function* batched(entries: AsyncIterable<TreeEntry>): AsyncGenerator<readonly TreeEntry[]> {
  let batch: TreeEntry[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < FILES_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const TYPES = { directory: "Directory", file: "File", link: "SymbolicLink" } as const;

function headerBlocks(entry: TreeEntry): Uint8Array[] {
  const path = entry.kind === "directory" ? `${entry.path}/` : entry.path;
  const linkpath = entry.kind === "link" ? entry.target : undefined;
  const size = entry.kind === "file" ? entry.sizeBytes : 0;
  const header = new Header({
    path,
    ...(linkpath === undefined ? {} : { linkpath }),
    mode: entry.kind === "file" && !entry.executable ? 0o644 : 0o755,
    uid: 0,
    gid: 0,
    size,
    mtime: FIXED_TIME,
    type: TYPES[entry.kind],
    uname: "",
    gname: "",
  });
  const needsPax = header.encode();
  const block = header.block ?? Buffer.alloc(0);
  if (!needsPax) return [block];
  const extended = new Pax({
    path,
    size,
    mtime: FIXED_TIME,
    ...(linkpath === undefined ? {} : { linkpath }),
  });
  return [extended.encode(), block];
}

async function smallContent(entry: TreeEntry): Promise<Uint8Array | undefined> {
  if (entry.kind !== "file" || entry.sizeBytes > SMALL_BYTES) return undefined;
  const file = await openPlain(entry.absolute);
  try {
    const content = await file.readFile();
    if (content.byteLength !== entry.sizeBytes) throw changed(entry.path);
    return content;
  } finally {
    await file.close();
  }
}

async function* largeContent(
  entry: Extract<TreeEntry, { kind: "file" }>,
): AsyncGenerator<Uint8Array> {
  const file = await openPlain(entry.absolute);
  let sizeBytes = 0;
  for await (const chunk of file.createReadStream({ highWaterMark: CHUNK_BYTES })) {
    if (!(chunk instanceof Uint8Array)) continue;
    sizeBytes += chunk.byteLength;
    if (sizeBytes > entry.sizeBytes) break;
    yield chunk;
  }
  if (sizeBytes !== entry.sizeBytes) throw changed(entry.path);
}

/** Never through a link: what the walk saw as a file is read only if it still is one. */
const openPlain = (path: string) =>
  open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);

const changed = (path: string): BuilderError =>
  new BuilderError(
    "build-failed",
    `${shown(path)} changed while it was packed; stop what writes to it, then try again.`,
  );

const padding = (sizeBytes: number): Uint8Array =>
  Buffer.alloc((BLOCK - (sizeBytes % BLOCK)) % BLOCK);

/** Small pieces put together, so that hashing and writing are not called for every header. */
async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    sizeBytes += piece.byteLength;
    if (sizeBytes < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    sizeBytes = 0;
  }
  if (sizeBytes > 0) yield Buffer.concat(waiting);
}
