import { execFile } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { Parser, Unpack, type ReadEntry } from "tar";
import { namingFullDisk } from "../builder-error.ts";
import { DigestTap } from "../blobs/digesting.ts";
import { ArchiveGuard } from "./archive-guard.ts";
import { shown, unsafe } from "./entry-path.ts";
import { SOURCE_LIMITS, type ArchiveLimits } from "./limits.ts";
import { plainTar } from "./plain-tar.ts";

/** What an archive held. */
export interface ArchiveContent {
  /** SHA-256 of the plain, uncompressed tar: a source's digest does not depend on how it was compressed. */
  readonly digest: string;
  /** Bytes of the plain tar. */
  readonly sizeBytes: number;
  /** Files and links. */
  readonly files: number;
}

export interface ReadOptions {
  readonly limits?: ArchiveLimits;
  readonly signal?: AbortSignal | undefined;
}

export interface ExtractOptions extends ReadOptions {
  /**
   * Time of change that all files get; the present by default. The archive's own times are not taken: they are the same
   * for every release, and an app that makes ETags of size and time would let browsers keep an old file.
   */
  readonly modifiedAt?: Date;
}

type Sink = Parser | Unpack;

/** Tar programs fill their last record with zeros: 10 KiB by default, up to a mebibyte for tapes. */
const MAX_PADDING_BYTES = 1024 * 1024;

/** Reads an archive to its end without unpacking it, handing the plain tar on. Throws as `extractSource`. */
export async function* checkedTar(
  input: AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<Uint8Array, ArchiveContent> {
  const guard = new ArchiveGuard(options.limits ?? SOURCE_LIMITS);
  const watch = new EntryWatch(guard);
  const parser = new Parser({ filter: watch.filter, onReadEntry: (entry) => entry.resume() });
  return yield* feed(parser, watch, guard, input, options);
}

/**
 * Unpacks an archive (plain or gzipped tar) into a directory that is missing or empty. Files get the modes 644 or 755,
 * and belong to the caller. Throws `unsafe-archive` naming the entry, `too-large`, `disk-full`; then the directory
 * holds a part of the archive, nothing of which lies outside, and is the caller's to remove.
 */
export async function extractArchive(
  input: AsyncIterable<Uint8Array>,
  directory: string,
  options: ExtractOptions = {},
): Promise<ArchiveContent> {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0)
    throw new RangeError(
      `${directory} is not empty: an archive is unpacked only into an empty directory`,
    );
  const guard = new ArchiveGuard(options.limits ?? SOURCE_LIMITS);
  const watch = new EntryWatch(guard, options.modifiedAt);
  const unpack = new Unpack({
    cwd: directory,
    filter: watch.filter,
    preserveOwner: false,
    noMtime: options.modifiedAt === undefined,
    maxDepth: Number.POSITIVE_INFINITY,
  });
  try {
    const plain = feed(unpack, watch, guard, input, options);
    let next = await plain.next();
    while (next.done !== true) next = await plain.next();
    await undoUmask(directory);
    return next.value;
  } catch (error) {
    throw namingFullDisk(error, directory);
  }
}

const run = promisify(execFile);

/** The process's umask may hide files from the users that are to run them; links are not followed. */
async function undoUmask(directory: string): Promise<void> {
  if ((process.umask() & 0o755) !== 0) await run("chmod", ["-R", "u+w,a+rX", "--", directory]);
}

/** Carries what the parser reports through events to where it can be thrown: the first failure counts. */
class EntryWatch {
  readonly #guard: ArchiveGuard;
  readonly #modifiedAt: Date | undefined;
  #failure: unknown;
  #hasFailed = false;
  #sawEnd = false;
  #paddingBytes = 0;
  readonly #skipped = new WeakSet<object>();

  constructor(guard: ArchiveGuard, modifiedAt?: Date) {
    this.#guard = guard;
    this.#modifiedAt = modifiedAt;
  }

  readonly filter = (_path: string, entry: unknown): boolean => {
    if (!isReadEntry(entry)) return true;
    try {
      if (!this.#hasFailed && this.#admit(entry)) return true;
    } catch (error) {
      this.fail(error);
    }
    this.#skipped.add(entry);
    return false;
  };

  #admit(entry: ReadEntry): boolean {
    if (!this.#guard.admit(entry)) return false;
    const isExecutable = ((entry.mode ?? 0) & 0o100) !== 0;
    entry.mode = entry.type === "Directory" || isExecutable ? 0o755 : 0o644;
    if (this.#modifiedAt !== undefined) entry.mtime = this.#modifiedAt;
    return true;
  }

  fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#failure = error;
  }

  follow(sink: Sink): void {
    sink.on("error", (error: Error) => this.fail(readable(error)));
    sink.on("eof", () => (this.#sawEnd = true));
    sink.on("ignoredEntry", (entry: ReadEntry) => this.#refuseIgnored(entry));
    sink.on("warn", (code: string, message: string, data: unknown) => {
      if (code === "TAR_ENTRY_INFO") return;
      this.fail(data instanceof Error ? readable(data) : unreadable(message));
    });
  }

  /** Types that the parser does not know, and extended headers over its limit, never reach the filter. */
  #refuseIgnored(entry: ReadEntry): void {
    if (!this.#skipped.has(entry))
      this.fail(
        unsafe(
          `The archive has ${shown(entry.path)}, an entry of a kind or size that is not allowed (${entry.type}).`,
        ),
      );
  }

  /**
   * What comes after the end mark is not for the parser, which would gather it all; only padding may come. Throws
   * `unsafe-archive` for anything else.
   */
  isPadding(chunk: Uint8Array): boolean {
    if (!this.#sawEnd) return false;
    this.#paddingBytes += chunk.byteLength;
    if (this.#paddingBytes > MAX_PADDING_BYTES || chunk.some((byte) => byte !== 0))
      throw unsafe(
        `The archive goes on after its end mark with more than ${MAX_PADDING_BYTES} zero bytes of padding; pack it again.`,
      );
    return true;
  }

  throwIfFailed(): void {
    if (this.#hasFailed) throw this.#failure;
  }

  throwIfCut(): void {
    this.throwIfFailed();
    if (!this.#sawEnd)
      throw unsafe("The archive is cut off: its end mark is missing; send it again.");
  }
}

const unreadable = (message: string): Error => unsafe(`The archive cannot be read: ${message}.`);

/** The parser's own errors are the archive's fault, a file system's are not. */
function readable(error: Error): Error {
  const isParsers = "code" in error && String(error.code).startsWith("TAR_");
  return isParsers ? unreadable(error.message.replace(/^TAR_\w+: /, "")) : error;
}

const isReadEntry = (entry: unknown): entry is ReadEntry =>
  typeof entry === "object" && entry !== null && "header" in entry && "type" in entry;

async function* feed(
  sink: Sink,
  watch: EntryWatch,
  guard: ArchiveGuard,
  input: AsyncIterable<Uint8Array>,
  { limits = SOURCE_LIMITS, signal }: ReadOptions,
): AsyncGenerator<Uint8Array, ArchiveContent> {
  watch.follow(sink);
  const tap = new DigestTap();
  for await (const chunk of tap.through(plainTar(input, limits.maxBytes), signal)) {
    if (!watch.isPadding(chunk)) await written(sink, Buffer.from(chunk), watch);
    yield chunk;
  }
  await ended(sink, watch);
  return { ...tap.receipt(), files: guard.files };
}

async function written(sink: Sink, chunk: Buffer, watch: EntryWatch): Promise<void> {
  watch.throwIfFailed();
  const drained = Promise.withResolvers<void>();
  const release = (): void => drained.resolve();
  sink.once("drain", release);
  sink.once("error", release);
  if (!sink.write(chunk)) await drained.promise;
  sink.off("drain", release);
  sink.off("error", release);
  watch.throwIfFailed();
}

async function ended(sink: Sink, watch: EntryWatch): Promise<void> {
  const closed = Promise.withResolvers<void>();
  sink.once("end", () => closed.resolve());
  sink.once("error", () => closed.resolve());
  sink.end();
  await closed.promise;
  watch.throwIfCut();
}
