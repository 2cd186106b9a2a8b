import { z } from "zod";
import { type OnCorrupt, readJsonFile, writeJsonFile } from "../disk/json-file.ts";

const Content = z.object({ incarnation: z.number().int().min(0) });

/**
 * The number of this start of the agent: larger than that of every earlier one, on disk before anything is said under
 * it, so that the orchestrator can tell old words from new ones. It is the time where that is larger: after the
 * directory was lost, too, the number grows.
 */
export async function nextIncarnation(
  file: string,
  nowMs: number,
  onCorrupt: OnCorrupt,
): Promise<number> {
  const before = await readJsonFile(file, Content, onCorrupt);
  const incarnation = Math.max((before?.incarnation ?? 0) + 1, nowMs);
  await writeJsonFile(file, { incarnation });
  return incarnation;
}
