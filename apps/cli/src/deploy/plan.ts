import { detect, DirectoryTree } from "@bastide/builder";
import type { BuildPlan } from "@bastide/contracts";
import type { Output } from "../output/output.ts";
import { manifestIn } from "./manifest.ts";

/** What the platform will find in a directory: the same detection, run here before anything is sent. */
export async function planOf(directory: string, prebuilt: boolean): Promise<BuildPlan> {
  const tree = new DirectoryTree(directory, { asSource: true, prebuilt });
  return detect(tree, await manifestIn(directory), { prebuilt });
}

/** Shows it line by line. Throws BuilderError when there is no app, and ManifestError. */
export async function showPlan(
  directory: string,
  prebuilt: boolean,
  output: Output,
): Promise<readonly string[]> {
  const { summary } = await planOf(directory, prebuilt);
  output.note(output.bold("plan"));
  for (const line of summary) output.note(`  ${line}`);
  return summary;
}
