import { randomUUID } from "node:crypto";
import { chown, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Makes the directory hold exactly these files, each readable by the owner alone. Files are replaced whole, also under
 * a running instance; names are checked by the contract.
 */
export async function writeInstanceFiles(
  directory: string,
  files: Readonly<Record<string, string>>,
  owner: number | undefined,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  for (const [name, content] of Object.entries(files)) {
    const temporary = join(directory, `.${randomUUID()}`);
    try {
      await writeFile(temporary, content, { mode: 0o400, flag: "wx" });
      if (owner !== undefined) await chown(temporary, owner, owner);
      await rename(temporary, join(directory, name));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
  for (const name of await readdir(directory))
    if (!Object.hasOwn(files, name)) await rm(join(directory, name), { force: true });
}
