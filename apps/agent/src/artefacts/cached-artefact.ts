import { lstat, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ARTEFACT_LIMITS, extractArchive } from "@bastide/builder";
import { z } from "zod";
import { writeJsonFile } from "../disk/json-file.ts";
import { isMissing } from "../disk/file-errors.ts";
import { verified } from "./artefact-source.ts";

const Entry = z.object({ sizeBytes: z.number(), bootId: z.string(), isOnDisk: z.boolean() });
export type Entry = z.infer<typeof Entry>;

/** An artefact unpacked: its files without the top-level `node_modules`, which lies beside them. */
export interface CachedArtefact {
  readonly directory: string;
  readonly app: string;
  readonly hasDependencies: boolean;
  readonly sizeBytes: number;
}

const entryFile = (directory: string): string => join(directory, "entry.json");

/** Reads what is known of an unpacked artefact; undefined for anything that is not a whole one. */
export async function readEntry(directory: string): Promise<Entry | undefined> {
  try {
    return Entry.parse(JSON.parse(await readFile(entryFile(directory), "utf8")));
  } catch {
    return undefined;
  }
}

export async function markOnDisk(directory: string): Promise<void> {
  const entry = await readEntry(directory);
  if (entry) await writeJsonFile(entryFile(directory), { ...entry, isOnDisk: true });
}

export async function openCached(directory: string): Promise<CachedArtefact | undefined> {
  const entry = await readEntry(directory);
  if (!entry) return undefined;
  return {
    directory,
    app: join(directory, "app"),
    hasDependencies: await isDirectory(join(directory, "node_modules")),
    sizeBytes: entry.sizeBytes,
  };
}

/** Unpacks a tar beside its place and moves it there when it is whole and has the digest. */
export async function unpackArtefact(
  bytes: AsyncIterable<Uint8Array>,
  target: { readonly digest: string; readonly directory: string; readonly temporary: string },
  bootId: string,
  signal: AbortSignal,
): Promise<void> {
  const { digest, directory, temporary } = target;
  try {
    await mkdir(temporary, { recursive: true, mode: 0o755 });
    const app = join(temporary, "app");
    const { sizeBytes } = await extractArchive(verified(bytes, digest), app, {
      limits: ARTEFACT_LIMITS,
      modifiedAt: new Date(),
      signal,
    });
    const dependencies = join(app, "node_modules");
    if (await isDirectory(dependencies))
      await rename(dependencies, join(temporary, "node_modules"));
    const entry: Entry = { sizeBytes, bootId, isOnDisk: false };
    await writeJsonFile(entryFile(temporary), entry);
    await rename(temporary, directory);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
