import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DirectoryTree } from "../detect/directory-tree.ts";

/**
 * Does the work and puts files of the source back as they were: some package managers rewrite package.json when they
 * only remove packages, and the artefact would depend on whether the dependencies came from the cache.
 */
export async function keepingFiles(
  directory: string,
  names: readonly string[],
  work: () => Promise<void>,
): Promise<void> {
  const before = names.map((name) => [name, new DirectoryTree(directory).read(name)] as const);
  await work();
  const after = new DirectoryTree(directory);
  for (const [name, text] of before) {
    if (text === undefined || after.read(name) === text) continue;
    // Removed first: what stands there now may be a link that a script of the tenant's made.
    await rm(join(directory, name), { recursive: true, force: true });
    await writeFile(join(directory, name), text, { flag: "wx" });
  }
}
