import { rmdirSync } from "node:fs";
import { findHierarchies } from "../src/process/hierarchies.ts";

/** Removes a test's own control group, which must be empty by then: a run left behind fails here. */
export async function removeControlGroup(name: string): Promise<void> {
  for (const { directory } of await findHierarchies(name)) rmdirSync(directory);
}
