import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isDirectory } from "../build/copy-tree.ts";
import { hasCode } from "../builder-error.ts";
import { DirectoryTree } from "../detect/directory-tree.ts";

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly licence?: string | undefined;
  /** Where it lies, as lock files name it: `node_modules/a/node_modules/b`. */
  readonly path: string;
}

const LicenceField = z.union([
  z.string(),
  z.object({ type: z.string() }).transform(({ type }) => type),
]);
const PackageFile = z.object({
  name: z.string().min(1).max(300),
  version: z.string().min(1).max(200),
  license: LicenceField.optional().catch(undefined),
  licenses: z.array(LicenceField).optional().catch(undefined),
});

/** Every package that is really there, read from its own package.json; links are not followed out of the directory. */
export async function* installedPackages(directory: string): AsyncGenerator<InstalledPackage> {
  yield* packagesBelow(directory, new DirectoryTree(directory), "node_modules");
}

async function* packagesBelow(
  directory: string,
  tree: DirectoryTree,
  modules: string,
): AsyncGenerator<InstalledPackage> {
  for (const path of await packageDirectories(directory, modules)) {
    const found = readPackage(tree, path);
    if (found !== undefined) yield found;
    yield* packagesBelow(directory, tree, `${path}/node_modules`);
  }
}

async function packageDirectories(directory: string, modules: string): Promise<readonly string[]> {
  const found = await subdirectories(join(directory, modules));
  const nested = await Promise.all(
    found.map(async (name) => {
      if (!name.startsWith("@")) return [`${modules}/${name}`];
      const scoped = await subdirectories(join(directory, modules, name));
      return scoped.map((inner) => `${modules}/${name}/${inner}`);
    }),
  );
  return nested.flat();
}

/** None for a link: a package's own node_modules may lead back to one above it, and so on for ever. */
async function subdirectories(path: string): Promise<readonly string[]> {
  if (!(await isDirectory(path))) return [];
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => name)
      .toSorted();
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

function readPackage(tree: DirectoryTree, path: string): InstalledPackage | undefined {
  try {
    const parsed = PackageFile.safeParse(JSON.parse(tree.read(`${path}/package.json`) ?? "null"));
    if (!parsed.success) return undefined;
    const { name, version, license, licenses } = parsed.data;
    return { name, version, licence: license ?? licenses?.join(" OR "), path };
  } catch (error) {
    // A package of no valid JSON is none that Node could load by name.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
