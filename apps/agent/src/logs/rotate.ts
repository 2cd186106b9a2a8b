import { createReadStream, createWriteStream } from "node:fs";
import { copyFile, rename, rm, stat, truncate } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { isDiskFull, isMissing } from "../disk/file-errors.ts";

export const ROTATION = { maxBytes: 10 * 1024 * 1024, kept: 3 };

/**
 * Moves a log that has grown too large aside and empties it. The file stays the same one, since the instance holds it
 * open for append; what is written between the copy and the cut is lost. Of a file that grew beyond all measure in between
 * only the end is kept. True when it was emptied.
 */
export async function rotateIfLarge(path: string, limits = ROTATION): Promise<boolean> {
  const size = await stat(path).then(
    (found) => found.size,
    (error: unknown) => (isMissing(error) ? 0 : Promise.reject(error)),
  );
  if (size < limits.maxBytes) return false;
  for (let age = limits.kept - 1; age >= 1; age--)
    await rename(`${path}.${age}`, `${path}.${age + 1}`).catch(ignoreMissing);
  await copyOrForget(path, `${path}.1`, Math.max(0, size - 2 * limits.maxBytes));
  await truncate(path, 0);
  return true;
}

/** A full disk is no reason to let a log grow on: then the old lines go. So do those before `from`. */
async function copyOrForget(path: string, copy: string, from: number): Promise<void> {
  try {
    if (from === 0) await copyFile(path, copy);
    else await pipeline(createReadStream(path, { start: from }), createWriteStream(copy));
  } catch (error) {
    await rm(copy, { force: true });
    if (!isDiskFull(error)) throw error;
  }
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
