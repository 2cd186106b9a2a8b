import { isBerry, type PackageManager } from "../detect/package-manager.ts";
import { NODE_IN_SANDBOX, NPM_IN_SANDBOX } from "../detect/platform.ts";

/** How a package manager's work is called in the sandbox: argument arrays. */
export interface PackageCommands {
  /** With development dependencies. */
  readonly installFull: readonly string[];
  readonly installProduction: readonly string[];
  /** Takes the development dependencies away again, running no scripts. */
  readonly prune: readonly string[];
}

const NPM: readonly string[] = [NODE_IN_SANDBOX, NPM_IN_SANDBOX];

/** How the manager itself is called: npm is the platform's, the others come through it, in the version asked for. */
export function managerCommand({
  name,
  version,
}: Pick<PackageManager, "name" | "version">): readonly string[] {
  if (name === "npm") return NPM;
  const packageName = name === "yarn" && isBerry(version) ? "@yarnpkg/cli-dist" : name;
  return [...NPM, "exec", "--yes", `--package=${packageName}@${version}`, "--", name];
}

export function packageCommands(manager: PackageManager): PackageCommands {
  const call = managerCommand(manager);
  const isLocked = manager.lockFile !== undefined;
  const steps = stepsOf(manager, isLocked);
  return {
    installFull: [...call, ...steps.full],
    installProduction: [...call, ...steps.production],
    prune: [...call, ...steps.prune],
  };
}

interface Steps {
  readonly full: readonly string[];
  readonly production: readonly string[];
  readonly prune: readonly string[];
}

function stepsOf({ name, version }: PackageManager, isLocked: boolean): Steps {
  if (name === "npm") return npmSteps(isLocked);
  if (name === "pnpm") return pnpmSteps(isLocked);
  return isBerry(version) ? berrySteps(isLocked) : classicSteps(isLocked);
}

function npmSteps(isLocked: boolean): Steps {
  const install = isLocked ? "ci" : "install";
  return {
    full: [install, "--include=dev"],
    production: [install, "--omit=dev"],
    prune: ["prune", "--omit=dev", "--ignore-scripts"],
  };
}

/** `hoisted` makes plain files, as npm does; pnpm's own layout is links into a store that is not part of the app. */
function pnpmSteps(isLocked: boolean): Steps {
  const install = [
    "install",
    "--config.node-linker=hoisted",
    "--store-dir=/cache/pnpm",
    isLocked ? "--frozen-lockfile" : "--no-frozen-lockfile",
  ];
  return {
    full: [...install, "--prod=false"],
    production: [...install, "--prod"],
    prune: [
      ...install,
      "--prod",
      "--ignore-scripts",
      "--prefer-offline",
      "--config.confirm-modules-purge=false",
    ],
  };
}

function classicSteps(isLocked: boolean): Steps {
  const install = ["install", "--non-interactive", ...(isLocked ? ["--frozen-lockfile"] : [])];
  const production = [...install, "--production=true"];
  return {
    full: [...install, "--production=false"],
    production,
    prune: [...production, "--ignore-scripts", "--prefer-offline"],
  };
}

function berrySteps(isLocked: boolean): Steps {
  const focus = ["workspaces", "focus", "--all", "--production"];
  return {
    full: ["install", isLocked ? "--immutable" : "--no-immutable"],
    production: focus,
    prune: focus,
  };
}
