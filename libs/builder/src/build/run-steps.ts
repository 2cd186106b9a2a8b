import type { BuildPlan, BuildResult } from "@bastide/contracts";
import { DirectoryTree } from "../detect/directory-tree.ts";
import { readPackageJson, type PackageJson } from "../detect/package-json.ts";
import { detectPackageManager, type PackageManager } from "../detect/package-manager.ts";
import { thisPlatform } from "../detect/platform.ts";
import { scriptCommand } from "../detect/start-command.ts";
import type { BuildOptions } from "./build-source.ts";
import type { BuildRun } from "./build-run.ts";
import { installDependencies, type Installed } from "./install-dependencies.ts";
import { managerCommand } from "./package-commands.ts";

const NOTHING: Installed = {
  cache: "unused",
  reduce: () => Promise.resolve(),
  release: () => undefined,
};

/** Only the build sees it: an install with NODE_ENV=production would leave out what the build needs. */
const PRODUCTION = { NODE_ENV: "production" };

/** Installs, builds, and takes development dependencies away again; says what became of the cache. */
export async function runSteps(
  run: BuildRun,
  plan: BuildPlan,
  options: BuildOptions,
): Promise<BuildResult["dependencyCache"]> {
  if (plan.install === undefined && plan.build === undefined) return "unused";
  const downloads = await options.cache.downloads(options.project);
  try {
    run.setCacheDirectory(downloads.path);
    return await installAndBuild(run, plan, options);
  } finally {
    downloads.release();
  }
}

async function installAndBuild(
  run: BuildRun,
  plan: BuildPlan,
  options: BuildOptions,
): Promise<BuildResult["dependencyCache"]> {
  const tree = new DirectoryTree(run.directory);
  const app = readPackageJson(tree);
  const manager = app === undefined ? undefined : detectPackageManager(tree, app, thisPlatform());
  await run.provideTools(
    managerCommand(manager ?? { name: "npm", version: "" }),
    manager?.name ?? "npm",
  );
  const installed = await run.timed("install", () =>
    install(run, plan, options, { tree, app, manager }),
  );
  try {
    if (plan.build !== undefined)
      await run.timed("build", () => build(run, plan.build ?? "", app, manager));
    await run.timed("prune", () => installed.reduce());
    return installed.cache;
  } finally {
    installed.release();
  }
}

interface NodeSource {
  readonly tree: DirectoryTree;
  readonly app: PackageJson | undefined;
  readonly manager: PackageManager | undefined;
}

async function install(
  run: BuildRun,
  plan: BuildPlan,
  { project, cache, ignoreCache = false }: BuildOptions,
  { tree, app, manager }: NodeSource,
): Promise<Installed> {
  if (plan.install === undefined) return NOTHING;
  if (app === undefined || manager === undefined || plan.install !== manager.install) {
    await run.shell(plan.install);
    return NOTHING;
  }
  const used = ignoreCache ? undefined : cache;
  const { environment } = run;
  return installDependencies({ run, plan, tree, app, manager, cache: used, project, environment });
}

/**
 * A script is run as its package manager would, in its directory and with its variables, but without it: a second
 * program that only starts the first costs a quarter of a second.
 */
async function build(
  run: BuildRun,
  command: string,
  app: PackageJson | undefined,
  manager: PackageManager | undefined,
): Promise<void> {
  if (app === undefined || manager === undefined || command !== `${manager.name} run build`)
    return run.shell(command, PRODUCTION);
  const script = ["/bin/sh", "-c", scriptCommand("build", app.scripts)];
  await run.command(script, command, { ...PRODUCTION, ...scriptVariables(app, manager) });
}

/** The variables that scripts read most, as `npm run` sets them. */
const scriptVariables = (
  app: PackageJson,
  manager: PackageManager,
): Readonly<Record<string, string>> => ({
  INIT_CWD: "/build",
  npm_command: "run-script",
  npm_lifecycle_event: "build",
  npm_lifecycle_script: app.scripts["build"] ?? "",
  npm_package_json: "/build/package.json",
  npm_package_name: app.name ?? "",
  npm_package_version: app.version ?? "",
  npm_config_user_agent: `${manager.name}/${manager.version} node/v${process.versions.node}`,
});
