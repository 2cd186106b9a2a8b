import type { Dirent } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { checkLink, entryNames, shown, unsafe } from "./entry-path.ts";
import { ARTEFACT_LIMITS } from "./limits.ts";
import type { TreeEntry } from "./tree-entry.ts";

/** Whether a path stays out; a directory that stays out is not entered. */
export type LeaveOut = (path: string, isDirectory: boolean) => boolean;

/**
 * The tree below a directory in a fixed order (names by UTF-16 code unit, a directory before what it holds), links as
 * links. Throws `unsafe-archive` for a link that leaves the directory, a name that is no clean UTF-8, and for what is
 * neither file, directory nor link. Nothing may change the tree meanwhile.
 */
export async function* walkTree(
  directory: string,
  leaveOut: LeaveOut = () => false,
  below = "",
): AsyncGenerator<TreeEntry> {
  const found = await readdir(join(directory, below), { withFileTypes: true });
  const kept = found
    .map((entry) => ({ entry, path: below === "" ? entry.name : `${below}/${entry.name}` }))
    .filter(({ entry, path }) => !leaveOut(path, entry.isDirectory()))
    .toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const entries = await Promise.all(
    kept.map(({ entry, path }) => describe(directory, entry, path)),
  );
  for (const entry of entries) {
    yield entry;
    if (entry.kind === "directory") yield* walkTree(directory, leaveOut, entry.path);
  }
}

async function describe(directory: string, entry: Dirent, path: string): Promise<TreeEntry> {
  const names = entryNames(path, ARTEFACT_LIMITS);
  const absolute = join(directory, path);
  if (entry.isDirectory()) return { kind: "directory", path };
  if (entry.isSymbolicLink()) {
    const target = await readlink(absolute);
    checkLink(names, target);
    return { kind: "link", path, target };
  }
  if (!entry.isFile())
    throw unsafe(
      `${shown(path)} is neither a file, a directory nor a link (a socket or a pipe): remove it, or leave it out.`,
    );
  const { size, mode } = await lstat(absolute);
  return { kind: "file", path, absolute, sizeBytes: size, executable: (mode & 0o100) !== 0 };
}
