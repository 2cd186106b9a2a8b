import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Platform, type ProcessInfo, pssBytes, treeOf, until } from "@bastide/e2e";

export interface MemoryShare {
  readonly name: string;
  readonly megabytes: number;
}

const QUIET_MS = 3_000;

/** The tree below `up` once it has not changed for a while: what an idle machine runs. */
async function quietTree(root: number): Promise<readonly ProcessInfo[]> {
  let seen = "";
  let since = performance.now();
  return until(
    "the platform to become quiet",
    async () => {
      const tree = await treeOf(root);
      const now = tree.map(({ pid }) => pid).join(" ");
      if (now !== seen) since = performance.now();
      seen = now;
      return performance.now() - since > QUIET_MS && tree;
    },
    { everyMs: 200, deadlineMs: 60_000 },
  );
}

/** Proportional set size of everything that `up` started, PostgreSQL apart. */
export async function idleMemory(platform: Platform): Promise<readonly MemoryShare[]> {
  const supervisor = Number.parseInt(await readFile(join(platform.home, "run/up.pid"), "utf8"), 10);
  const shares: MemoryShare[] = [];
  for (const { pid, name, commandLine } of await quietTree(supervisor)) {
    if (name.startsWith("postgres")) continue;
    const brick = /apps\/(\w+)\/(?:dist|bundle)/.exec(commandLine)?.[1] ?? name;
    shares.push({ name: brick, megabytes: (await pssBytes(pid)) / 1e6 });
  }
  return shares;
}
