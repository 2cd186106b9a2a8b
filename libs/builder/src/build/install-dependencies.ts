import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BuildPlan } from "@bastide/contracts";
import type { PackageJson } from "../detect/package-json.ts";
import type { PackageManager } from "../detect/package-manager.ts";
import type { SourceTree } from "../detect/source-tree.ts";
import type { BuildRun } from "./build-run.ts";
import { cacheKey, uncacheable } from "./cache-key.ts";
import { copyTree, isDirectory, linkTree } from "./copy-tree.ts";
import type { CacheLease, DependencyCache, Variant } from "./dependency-cache.ts";
import { keepingFiles } from "./keep-files.ts";
import { packageCommands, type PackageCommands } from "./package-commands.ts";

export interface InstallOptions {
  readonly run: BuildRun;
  readonly plan: BuildPlan;
  readonly tree: SourceTree;
  readonly app: PackageJson;
  readonly manager: PackageManager;
  /** Absent: install anew. */
  readonly cache: DependencyCache | undefined;
  readonly project: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** node_modules is ready for the build; `reduce` makes it what the app needs. */
export interface Installed {
  readonly cache: "hit" | "miss" | "unused";
  reduce(): Promise<void>;
  release(): void;
}

/** An install leaves both what the build needs and what the app needs, or only the one that is asked for. */
function variantsFor(plan: BuildPlan): readonly [Variant, ...Variant[]] {
  if (plan.keepsDevelopment === true) return ["full"];
  if (plan.build === undefined) return ["production"];
  return plan.kind === "static" ? ["full"] : ["full", "production"];
}

export async function installDependencies(options: InstallOptions): Promise<Installed> {
  const { run, tree, app, manager, cache, project, environment } = options;
  const variants = variantsFor(options.plan);
  const reason = uncacheable(tree, app, manager);
  if (reason !== undefined) run.log.say(`the dependency cache is not used: ${reason}`);
  if (cache === undefined || reason !== undefined) return installAnew(options, variants);
  const nodeVersion = options.plan.nodeVersion ?? process.versions.node;
  const key = cacheKey({ project, tree, app, manager, nodeVersion, variants, environment });
  const found = await cache.find(key);
  if (found === undefined) run.log.say("dependencies: not in the cache");
  else run.log.say("dependencies: from the cache, the lock file has not changed");
  const lease = found ?? (await fill(options, cache, key, variants));
  return cached(run, lease, variants, found === undefined ? "miss" : "hit");
}

const modulesOf = (run: BuildRun): string => join(run.directory, "node_modules");

async function installAnew(
  options: InstallOptions,
  variants: readonly Variant[],
): Promise<Installed> {
  const commands = packageCommands(options.manager);
  await install(options, commands, variants);
  const reduce = async (): Promise<void> => {
    if (variants.includes("production") && variants.includes("full"))
      await prune(options, commands);
  };
  return { cache: "unused", reduce, release: () => undefined };
}

async function install(
  options: InstallOptions,
  commands: PackageCommands,
  variants: readonly Variant[],
): Promise<void> {
  const { run, plan } = options;
  const isFull = variants.includes("full");
  const shown = `${plan.install ?? "install"}${isFull ? "" : " (without development dependencies)"}`;
  await rm(modulesOf(run), { recursive: true, force: true });
  await managed(options, isFull ? commands.installFull : commands.installProduction, shown);
  // Nothing to install leaves nothing; a link would make the app depend on what it leads to.
  if (await isDirectory(modulesOf(run))) return;
  await rm(modulesOf(run), { force: true });
  await mkdir(modulesOf(run));
}

const prune = (options: InstallOptions, commands: PackageCommands): Promise<void> =>
  managed(options, commands.prune, "remove development dependencies");

function managed(
  { run, manager: { lockFile } }: InstallOptions,
  command: readonly string[],
  shown: string,
): Promise<void> {
  const kept = lockFile === undefined ? ["package.json"] : ["package.json", lockFile];
  return keepingFiles(run.directory, kept, () => run.command(command, shown));
}

/** Nothing of the build has run yet, so that what is kept depends on the lock file and the settings alone. */
async function fill(
  options: InstallOptions,
  cache: DependencyCache,
  key: string,
  variants: readonly Variant[],
): Promise<CacheLease> {
  const { run } = options;
  const commands = packageCommands(options.manager);
  await install(options, commands, variants);
  const staged = await cache.stage();
  try {
    if (variants.includes("full") && variants.includes("production")) {
      await copyTree(modulesOf(run), join(staged, "full"), run.signal);
      await prune(options, commands);
      if (!(await isDirectory(modulesOf(run)))) await mkdir(modulesOf(run));
    }
    const last = variants.at(-1) ?? "production";
    await copyTree(modulesOf(run), join(staged, last), run.signal);
    await rm(modulesOf(run), { recursive: true, force: true });
    return await cache.publish(staged, key);
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    throw error;
  }
}

/** A build may write into its node_modules, so it gets a copy; without one the files are shared. */
async function cached(
  run: BuildRun,
  lease: CacheLease,
  variants: readonly Variant[],
  cache: "hit" | "miss",
): Promise<Installed> {
  const isBuilt = variants.includes("full");
  await rm(modulesOf(run), { recursive: true, force: true });
  if (isBuilt) await copyTree(lease.path("full"), modulesOf(run), run.signal);
  else await linkTree(lease.path("production"), modulesOf(run), run.signal);
  const reduce = async (): Promise<void> => {
    if (isBuilt && variants.includes("production"))
      await replaceModules(run, lease.path("production"));
  };
  return { cache, reduce, release: () => lease.release() };
}

/** Directories in node_modules that are the package managers' or tools' own, and nothing that an app reads. */
const SCRATCH = /^\.(?:bin|cache|vite.*|pnpm.*|yarn.*|tmp.*|store)$/;

/** Swaps in the production dependencies, keeping what generators left beside them (Prisma's `.prisma`, for one). */
async function replaceModules(run: BuildRun, production: string): Promise<void> {
  const modules = modulesOf(run);
  const aside = join(run.directory, ".bastide");
  const built = join(aside, "built-modules");
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside);
  const isThere = await isDirectory(modules);
  if (isThere) await rename(modules, built);
  else await rm(modules, { force: true });
  await linkTree(production, modules, run.signal);
  for (const name of isThere ? await generatedDirectories(built) : []) {
    await rm(join(modules, name), { recursive: true, force: true });
    await rename(join(built, name), join(modules, name));
  }
  await rm(aside, { recursive: true, force: true });
}

async function generatedDirectories(modules: string): Promise<readonly string[]> {
  const entries = await readdir(modules, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && entry.name.startsWith("."))
    .map(({ name }) => name)
    .filter((name) => !SCRATCH.test(name));
}
