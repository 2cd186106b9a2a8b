import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

/** Names the program by its content: a bundle's files name the parts that they import by those parts' content. */
export async function programId(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(file).catch(() => ""));
  return hash.digest("hex").slice(0, 12);
}
