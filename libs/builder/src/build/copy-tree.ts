import { execFile } from "node:child_process";
import { lstat, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { hasCode } from "../builder-error.ts";

const run = promisify(execFile);

/** Copies a directory as it is, sharing blocks where the file system can; `to` must not be there. */
export async function copyTree(from: string, to: string, signal?: AbortSignal): Promise<void> {
  await run("cp", ["-a", "--reflink=auto", "-T", "--", from, to], { signal });
}

/**
 * The same directory with the files shared by hard links: quick whatever the size, and only for a tree that nothing
 * will write to. Falls back to a copy between file systems.
 */
export async function linkTree(from: string, to: string, signal?: AbortSignal): Promise<void> {
  try {
    await run("cp", ["-al", "-T", "--", from, to], { signal });
  } catch {
    signal?.throwIfAborted();
    await rm(to, { recursive: true, force: true });
    await copyTree(from, to, signal);
  }
}

/** A directory itself, not a link to one. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

/** Bytes on disk. */
export async function treeBytes(path: string): Promise<number> {
  const { stdout } = await run("du", ["-sb", "--", path]);
  return Number.parseInt(stdout, 10);
}

/** Writes what the kernel holds of the file system to disk, so that a rename after it never names half a tree. */
export async function syncFileSystem(path: string): Promise<void> {
  await run("sync", ["-f", "--", path]);
}
