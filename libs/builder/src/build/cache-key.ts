import { arch } from "node:process";
import { installScripts, type PackageJson } from "../detect/package-json.ts";
import type { SourceTree } from "../detect/source-tree.ts";
import { digestOf } from "../blobs/digesting.ts";
import type { PackageManager } from "../detect/package-manager.ts";

/** Files that steer an install beside the lock file. */
const SETTINGS = [".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml"];

/**
 * Why what an install gives cannot be told from the lock file and the settings alone, or undefined when it can:
 * then a cached install is as good as a new one.
 */
export function uncacheable(
  tree: SourceTree,
  app: PackageJson,
  manager: PackageManager,
): string | undefined {
  if (manager.lockFile === undefined) return "there is no lock file";
  const scripts = installScripts(app);
  if (scripts.length > 0) return `package.json has the install script \`${scripts.join("`, `")}\``;
  if (app.workspaces !== undefined || /^packages:/m.test(tree.read("pnpm-workspace.yaml") ?? ""))
    return "the app has workspaces";
  if (tree.has(".pnpmfile.cjs")) return "there is a .pnpmfile.cjs";
  const text = JSON.stringify([dependenciesOf(app), app.pnpm, app.overrides, app.resolutions]);
  if (/"(?:file|link|portal|patch|workspace):|"\.{0,2}\/|patchedDependencies/.test(text))
    return "a dependency is a file of the source";
  return undefined;
}

const dependenciesOf = (app: PackageJson): readonly unknown[] => [
  app.dependencies,
  app.devDependencies,
  app.optionalDependencies,
  app.peerDependencies,
];

export interface KeyParts {
  readonly project: string;
  readonly tree: SourceTree;
  readonly app: PackageJson;
  readonly manager: PackageManager;
  readonly nodeVersion: string;
  readonly variants: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Everything that decides what an install gives; raise the number when how we install changes. */
export function cacheKey({
  project,
  tree,
  app,
  manager,
  nodeVersion,
  variants,
  environment,
}: KeyParts): string {
  const { name, version, lockFile = "" } = manager;
  const settings = SETTINGS.map((file) => tree.read(file) ?? "");
  const sorted = Object.entries(environment).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return digestOf(
    JSON.stringify([
      1,
      project,
      [name, version, nodeVersion, arch, variants],
      [lockFile, tree.read(lockFile) ?? ""],
      [...dependenciesOf(app), app.pnpm, app.overrides, app.resolutions],
      settings,
      sorted,
    ]),
  );
}
