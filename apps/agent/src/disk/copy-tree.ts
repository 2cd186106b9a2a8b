import { runTool } from "./run-tool.ts";

/**
 * Copies a directory, sharing blocks where the file system can. `to` must not exist; links are copied as links.
 * With `owner`, everything in the copy belongs to that user and group.
 */
export async function copyTree(
  from: string,
  to: string,
  owner: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  await runTool("/bin/cp", ["-a", "--reflink=auto", "-T", "--", from, to], signal);
  if (owner !== undefined) await giveTree(to, owner, signal);
}

/** Gives a tree to a user and group of the same number; links are changed themselves and never followed. */
export function giveTree(path: string, owner: number, signal: AbortSignal): Promise<void> {
  return runTool("/bin/chown", ["-hR", `${owner}:${owner}`, "--", path], signal);
}
