import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** Where the host's tools are looked for: never the agent's PATH, which another user might have a hand in. */
const TOOL_DIRECTORIES = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"];

/** Debian's packages that have the tools, for the sentence that says how to get one. */
export const TOOL_PACKAGES = {
  sh: "dash",
  bash: "bash",
  env: "coreutils",
  timeout: "coreutils",
  bwrap: "bubblewrap",
  prlimit: "util-linux",
  setpriv: "util-linux",
  nsenter: "util-linux",
} as const;

export type ToolName = keyof typeof TOOL_PACKAGES;

export const TOOL_NAMES: readonly ToolName[] = [
  "sh",
  "bash",
  "env",
  "timeout",
  "bwrap",
  "prlimit",
  "setpriv",
  "nsenter",
];

/** Absolute paths of the tools that this host has. */
export type Tools = ReadonlyMap<ToolName, string>;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function findTools(directories: readonly string[] = TOOL_DIRECTORIES): Tools {
  const found = new Map<ToolName, string>();
  for (const name of TOOL_NAMES) {
    const path = directories.map((directory) => join(directory, name)).find(isExecutable);
    if (path !== undefined) found.set(name, path);
  }
  return found;
}
