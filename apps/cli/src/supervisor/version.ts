import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The installation's version, from its package.json. */
export function versionOf(installation: string): string {
  const manifest = readFileSync(join(installation, "package.json"), "utf8");
  return /"version":\s*"([\w.+-]+)"/.exec(manifest)?.[1] ?? "0.0.0";
}
