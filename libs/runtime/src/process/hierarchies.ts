import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Controller, Hierarchy } from "./control-groups.ts";

const WANTED: readonly Controller[] = ["memory", "cpu", "pids", "cpuacct"];

export interface CgroupMount {
  readonly version: Hierarchy["version"];
  readonly directory: string;
  readonly controllers: readonly Controller[];
}

/** Reads /proc/self/mountinfo (proc(5)): v1 hierarchies name their controllers in the super options. */
export function parseCgroupMounts(mountinfo: string): CgroupMount[] {
  return mountinfo.split("\n").flatMap((line): CgroupMount[] => {
    const [before, after] = line.split(" - ");
    const directory = before?.split(" ")[4];
    const [type, , options] = after?.split(" ") ?? [];
    if (directory === undefined) return [];
    if (type === "cgroup2") return [{ version: "cgroup-v2", directory, controllers: [] }];
    const named = options?.split(",") ?? [];
    const controllers = WANTED.filter((controller) => named.includes(controller));
    if (type !== "cgroup" || controllers.length === 0) return [];
    return [{ version: "cgroup-v1", directory, controllers }];
  });
}

/** This process's own group in the v2 hierarchy, from /proc/self/cgroup. */
export function parseOwnGroup(text: string): string | undefined {
  return text.match(/^0::(.*)$/m)?.[1];
}

/**
 * Directories under which v2 groups may be made, most wanted first: the top, where nothing that restarts the agent
 * takes the runs with it, then each ancestor of our own group from the top down, for delegated subtrees.
 */
export function candidateParents(mount: string, ownGroup: string | undefined): string[] {
  const ancestors: string[] = [];
  for (let path = join("/", ownGroup ?? ""); path !== "/"; path = dirname(path)) {
    ancestors.unshift(join(mount, path));
  }
  return [mount, ...ancestors];
}

async function readControllers(path: string): Promise<Controller[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  const names = text.trim().split(" ");
  return WANTED.filter((controller) => names.includes(controller));
}

/** Hands the parent's controllers down, which fails where the parent has processes of its own. */
async function enableControllers(parent: string): Promise<Controller[]> {
  const available = await readControllers(join(parent, "cgroup.controllers"));
  for (const controller of available) {
    await writeFile(join(parent, "cgroup.subtree_control"), `+${controller}`, {
      flag: "r+",
    }).catch(() => {});
  }
  return readControllers(join(parent, "cgroup.subtree_control"));
}

async function tryV2(parent: string, name: string): Promise<Hierarchy | undefined> {
  if ((await readControllers(join(parent, "cgroup.controllers"))).length === 0) return undefined;
  await enableControllers(parent);
  const directory = join(parent, name);
  try {
    await mkdir(directory, { recursive: true });
  } catch {
    return undefined;
  }
  const controllers = await enableControllers(directory);
  if (controllers.length > 0) {
    return { version: "cgroup-v2", directory, controllers: new Set(controllers) };
  }
  await rmdir(directory).catch(() => {});
  return undefined;
}

async function tryV1(mount: CgroupMount, name: string): Promise<Hierarchy | undefined> {
  const directory = join(mount.directory, name);
  try {
    await mkdir(directory, { recursive: true });
  } catch {
    return undefined;
  }
  return { version: "cgroup-v1", directory, controllers: new Set(mount.controllers) };
}

async function firstV2(
  mount: CgroupMount,
  ownGroup: string | undefined,
  name: string,
): Promise<Hierarchy | undefined> {
  for (const parent of candidateParents(mount.directory, ownGroup)) {
    const hierarchy = await tryV2(parent, name);
    if (hierarchy !== undefined) return hierarchy;
  }
  return undefined;
}

/**
 * The hierarchies in which groups can be made here, with the controllers that bind there. Whether processes may be
 * moved into them is for a real run to show.
 */
export async function findHierarchies(name: string): Promise<Hierarchy[]> {
  const mounts = parseCgroupMounts(await readFile("/proc/self/mountinfo", "utf8"));
  const ownGroup = parseOwnGroup(await readFile("/proc/self/cgroup", "utf8").catch(() => ""));
  const found: Hierarchy[] = [];
  for (const mount of mounts) {
    const hierarchy =
      mount.version === "cgroup-v2"
        ? await firstV2(mount, ownGroup, name)
        : await tryV1(mount, name);
    if (hierarchy !== undefined) found.push(hierarchy);
  }
  return found;
}
