import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Platform, pssBytes, treeOf } from "@bastide/e2e";

export interface MemoryShare {
  readonly name: string;
  readonly megabytes: number;
}

/** Proportional set size of everything that `up` started, PostgreSQL apart. */
export async function idleMemory(platform: Platform): Promise<readonly MemoryShare[]> {
  const supervisor = Number.parseInt(await readFile(join(platform.home, "run/up.pid"), "utf8"), 10);
  const shares: MemoryShare[] = [];
  for (const { pid, name, commandLine } of await treeOf(supervisor)) {
    if (name.startsWith("postgres")) continue;
    const brick = /apps\/(\w+)\/dist/.exec(commandLine)?.[1] ?? name;
    shares.push({ name: brick, megabytes: (await pssBytes(pid)) / 1e6 });
  }
  return shares;
}
