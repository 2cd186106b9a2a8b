import { constants, type Dirent } from "node:fs";
import {
  chmod,
  copyFile,
  lchown,
  lstat,
  lutimes,
  mkdir,
  opendir,
  readlink,
  symlink,
} from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "./run-tool.ts";

/** A tree of more entries than this is faster copied by a program of its own, whose start alone costs ten milliseconds. */
const MOST_COPIED_HERE = 500;
const MODE_BITS = 0o7777;

/**
 * Copies a directory that nobody writes to, sharing blocks where the file system can. `to` must not exist; links are
 * copied as links. With `owner`, everything in the copy belongs to that user and group.
 */
export async function copyTree(
  from: string,
  to: string,
  owner: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const entries = await fewEntries(from);
  if (entries !== undefined) return copyEntries(entries, { from, to, owner }, signal);
  await runTool("/bin/cp", ["-a", "--reflink=auto", "-T", "--", from, to], signal);
  if (owner !== undefined) await giveTree(to, owner, signal);
}

/** Gives a tree to a user and group of the same number; links are changed themselves and never followed. */
export function giveTree(path: string, owner: number, signal: AbortSignal): Promise<void> {
  return runTool("/bin/chown", ["-hR", `${owner}:${owner}`, "--", path], signal);
}

interface Entry {
  /** Below the tree's root; the root itself is the empty path. */
  readonly path: string;
  readonly kind: "directory" | "file" | "link";
}

/** Parents before what is in them; undefined where there are many, or something that is neither file, directory nor link. */
async function fewEntries(root: string): Promise<readonly Entry[] | undefined> {
  const entries: Entry[] = [{ path: "", kind: "directory" }];
  for (const { path, kind } of entries) {
    if (kind !== "directory") continue;
    for await (const entry of await opendir(join(root, path))) {
      const found = kindOf(entry);
      if (found === undefined || entries.length === MOST_COPIED_HERE) return undefined;
      entries.push({ path: join(path, entry.name), kind: found });
    }
  }
  return entries;
}

function kindOf(entry: Dirent): Entry["kind"] | undefined {
  if (entry.isDirectory()) return "directory";
  if (entry.isFile()) return "file";
  return entry.isSymbolicLink() ? "link" : undefined;
}

/** As `cp -a` does, without extended attributes, which no artefact has. */
async function copyEntries(
  entries: readonly Entry[],
  { from, to, owner }: { from: string; to: string; owner: number | undefined },
  signal: AbortSignal,
): Promise<void> {
  const directories: string[] = [];
  for (const { path, kind } of entries) {
    signal.throwIfAborted();
    const [source, target] = [join(from, path), join(to, path)];
    if (kind === "directory") {
      await mkdir(target, { mode: 0o700 });
      directories.push(path);
    } else if (kind === "link") await symlink(await readlink(source), target);
    else await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    if (kind !== "directory") await takeOver(source, target, owner);
  }
  // Last, and the innermost first: what is made in a directory changes its time, and its mode may forbid it.
  for (const path of directories.toReversed())
    await takeOver(join(from, path), join(to, path), owner);
}

/** Gives a copy its original's mode and times, and its owner, who comes first: a change of owner clears bits of the mode. */
async function takeOver(source: string, target: string, owner: number | undefined): Promise<void> {
  const original = await lstat(source);
  if (owner !== undefined) await lchown(target, owner, owner);
  if (!original.isSymbolicLink()) await chmod(target, original.mode & MODE_BITS);
  await lutimes(target, original.atimeMs / 1000, original.mtimeMs / 1000);
}
