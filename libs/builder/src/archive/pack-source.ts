import { createGzip } from "node:zlib";
import { Readable } from "node:stream";
import { BuilderError } from "../builder-error.ts";
import { DigestTap } from "../blobs/digesting.ts";
import { writeFileWhole } from "../blobs/write-file.ts";
import { canonicalTar } from "./canonical-tar.ts";
import { IgnoreRules } from "./ignore-rules.ts";
import { SOURCE_LIMITS } from "./limits.ts";
import type { ArchiveContent } from "./read-archive.ts";
import type { TreeEntry } from "./tree-entry.ts";
import { walkTree } from "./walk-tree.ts";

export interface PackSourceOptions {
  /** Of the files together, before compression; 1 GiB by default. */
  readonly maxBytes?: number;
  /** The directory is built already: `.gitignore` does not count and node_modules comes along. */
  readonly prebuilt?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What was packed: the digest is that of the plain tar, as the platform will compute it; `packedBytes` is what to upload. */
export interface PackedSource extends ArchiveContent {
  readonly packedBytes: number;
}

/**
 * Packs a directory into a new file (0600), as a gzipped canonical tar without what `.gitignore` and `.bastideignore`
 * leave out, `.git`, `.bastide` and node_modules. Throws `too-large` naming the three largest directories,
 * `no-application` when nothing is left, `unsafe-archive`, `disk-full`.
 */
export async function packSource(
  directory: string,
  file: string,
  options: PackSourceOptions = {},
): Promise<PackedSource> {
  const entries = await sourceEntries(directory, options);
  const tap = new DigestTap();
  const plain = tap.through(canonicalTar(Readable.from(entries)), options.signal);
  const compressed = Readable.from(plain, { objectMode: false });
  const gzip = createGzip({ level: 4, chunkSize: 256 * 1024 });
  compressed.on("error", (error) => gzip.destroy(error));
  const packed = await writeFileWhole(file, compressed.pipe(gzip), { durable: false });
  const files = entries.filter((entry) => entry.kind !== "directory").length;
  return { ...tap.receipt(), files, packedBytes: packed.sizeBytes };
}

/** The entries that make up a directory's source. Throws as `packSource`. */
export async function sourceEntries(
  directory: string,
  { maxBytes = SOURCE_LIMITS.maxBytes, prebuilt }: PackSourceOptions = {},
): Promise<readonly TreeEntry[]> {
  const rules = new IgnoreRules(directory, { prebuilt });
  const entries: TreeEntry[] = [];
  for await (const entry of walkTree(directory, rules.leavesOut)) entries.push(entry);
  if (entries.length === 0)
    throw new BuilderError(
      "no-application",
      `${directory} has no files to deploy, or .gitignore and .bastideignore leave all of them out.`,
    );
  const sizeBytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (sizeBytes > maxBytes) throw tooLarge(entries, sizeBytes, maxBytes);
  return entries;
}

const sizeOf = (entry: TreeEntry): number => (entry.kind === "file" ? entry.sizeBytes : 0);

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function tooLarge(
  entries: readonly TreeEntry[],
  sizeBytes: number,
  maxBytes: number,
): BuilderError {
  const sizes = new Map<string, number>();
  for (const entry of entries) {
    const top = entry.path.includes("/") ? `${entry.path.split("/", 1).join("")}/` : entry.path;
    sizes.set(top, (sizes.get(top) ?? 0) + sizeOf(entry));
  }
  const largest = [...sizes].toSorted((left, right) => right[1] - left[1]).slice(0, 3);
  const named = largest.map(([path, bytes]) => `${path} ${megabytes(bytes)}`).join(", ");
  return new BuilderError(
    "too-large",
    `The source has ${megabytes(sizeBytes)}; the limit is ${megabytes(maxBytes)}. The largest: ${named}. Leave out what the app does not need by a line in .bastideignore.`,
  );
}
