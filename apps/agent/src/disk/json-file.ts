import { readFile, rename } from "node:fs/promises";
import type { z } from "zod";
import { reasonOf } from "../journal/reason.ts";
import { writeAtomically } from "./atomic-file.ts";
import { isMissing } from "./file-errors.ts";

/** Told of a file that could not be read and was set aside under a new name; it is never deleted. */
export type OnCorrupt = (file: string, reason: string) => void;

/** The file's content; undefined when there is none, or when what there was is now set aside. */
export async function readJsonFile<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  onCorrupt: OnCorrupt,
): Promise<z.output<Schema> | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (isMissing(error)) return undefined;
    const aside = `${path}.corrupt-${Date.now()}`;
    await rename(path, aside);
    onCorrupt(aside, reasonOf(error));
    return undefined;
  }
}

export function writeJsonFile(path: string, content: object): Promise<void> {
  return writeAtomically(path, `${JSON.stringify(content)}\n`);
}
