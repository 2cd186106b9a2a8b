import type { PackageJson } from "./package-json.ts";
import type { Platform } from "./platform.ts";
import type { SourceTree } from "./source-tree.ts";

export type ManagerName = "npm" | "pnpm" | "yarn";

export interface PackageManager {
  readonly name: ManagerName;
  readonly version: string;
  /** The lock file that is obeyed, if there is one. */
  readonly lockFile?: string;
  /** As a person would type it. */
  readonly install: string;
  readonly warnings: readonly string[];
}

const LOCK_FILES: readonly (readonly [file: string, manager: ManagerName])[] = [
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
];

const YARN_CLASSIC = "1.22.22";
const YARN_BERRY = "4.18.1";
/** The last pnpm that writes each lock file format, by the format's major version. */
const PNPM_BY_LOCK: Readonly<Record<string, string>> = {
  "5": "7.33.7",
  "6": "8.15.9",
  "9": "10.34.9",
};
const PNPM = "10.34.9";

/** Which package manager the source asks for: its `packageManager` field, else its lock file, else npm. */
export function detectPackageManager(
  tree: SourceTree,
  app: PackageJson,
  platform: Platform,
): PackageManager {
  const present = LOCK_FILES.filter(([file]) => tree.has(file));
  const asked = parseField(app.packageManager);
  const name = asked?.name ?? present[0]?.[1] ?? "npm";
  const lockFile = present.find(([, manager]) => manager === name)?.[0];
  const version = versionOf(name, asked?.version, tree, platform);
  return {
    name,
    version,
    ...(lockFile === undefined ? {} : { lockFile }),
    install: installCommand(name, version, lockFile !== undefined),
    warnings: warnings(tree, app, { name, lockFile, present: present.map(([file]) => file) }),
  };
}

/** `name@version` with an optional `+hash` (Node's corepack). */
function parseField(field: string | undefined): { name: ManagerName; version: string } | undefined {
  const match = /^(npm|pnpm|yarn)@(\d+\.\d+\.\d+(?:-[\w.]+)?)(?:\+[\w.]+)?$/.exec(field ?? "");
  const [, name, version] = match ?? [];
  if (version === undefined) return undefined;
  if (name === "npm" || name === "pnpm" || name === "yarn") return { name, version };
  return undefined;
}

/** npm is always the platform's own: every npm since 7 reads the same lock files. */
function versionOf(
  name: ManagerName,
  asked: string | undefined,
  tree: SourceTree,
  platform: Platform,
): string {
  if (name === "npm") return platform.npmVersion;
  if (asked !== undefined) return asked;
  if (name === "yarn") return isBerryLock(tree) ? YARN_BERRY : YARN_CLASSIC;
  const format = /^lockfileVersion:\s*['"]?(\d+)/m.exec(tree.read("pnpm-lock.yaml") ?? "")?.[1];
  return PNPM_BY_LOCK[format ?? ""] ?? PNPM;
}

const isBerryLock = (tree: SourceTree): boolean =>
  /^__metadata:/m.test(tree.read("yarn.lock") ?? "");

/** Yarn 2 and later share nothing but the name with Yarn 1. */
export const isBerry = (version: string): boolean => !version.startsWith("1.");

function installCommand(name: ManagerName, version: string, isLocked: boolean): string {
  if (name === "npm") return isLocked ? "npm ci" : "npm install";
  if (!isLocked) return `${name} install`;
  const isImmutable = name === "yarn" && isBerry(version);
  return `${name} install ${isImmutable ? "--immutable" : "--frozen-lockfile"}`;
}

interface Found {
  readonly name: ManagerName;
  readonly lockFile: string | undefined;
  readonly present: readonly string[];
}

function warnings(
  tree: SourceTree,
  app: PackageJson,
  { name, lockFile, present }: Found,
): string[] {
  const found: string[] = [];
  if (app.packageManager !== undefined && parseField(app.packageManager) === undefined)
    found.push(
      `packageManager "${app.packageManager}" is not understood (npm, pnpm or yarn, @, and a whole version)`,
    );
  if (lockFile === undefined)
    found.push(
      `there is no lock file of ${name}: versions may change from build to build; run \`${name} install\` and commit the lock file`,
    );
  const others = present.filter((file) => file !== lockFile);
  if (others.length > 0)
    found.push(
      `${others.join(" and ")} ${others.length > 1 ? "are" : "is"} not used: ${name} installs`,
    );
  if (tree.has("bun.lock") || tree.has("bun.lockb"))
    found.push("bun's lock file is not used: bun is not supported");
  return found;
}
