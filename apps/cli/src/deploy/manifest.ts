import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "@bastide/contracts";

/** The same names, in the same order, as the builder looks for; it is imported only when there is such a file. */
const MANIFEST_FILES = ["bastide.yaml", "bastide.yml"];

export const manifestFile = (directory: string): string | undefined =>
  MANIFEST_FILES.find((name) => existsSync(join(directory, name)));

/** The manifest of a directory; undefined when there is none. Throws ManifestError with every problem at once. */
export async function manifestIn(directory: string): Promise<Manifest | undefined> {
  const name = manifestFile(directory);
  if (name === undefined) return undefined;
  const { readManifest } = await import("./parse-manifest.ts");
  return readManifest(readFileSync(join(directory, name), "utf8"), name);
}
