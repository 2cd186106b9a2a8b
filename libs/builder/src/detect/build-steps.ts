import type { BuildPlan } from "@bastide/contracts";
import { hasScript, needsInstall, type PackageJson } from "./package-json.ts";
import { detectPackageManager } from "./package-manager.ts";
import { thisPlatform } from "./platform.ts";
import type { PlanContext } from "./plan-context.ts";
import { warningLines } from "./plan-lines.ts";

/** What is run before there is something to start; a step that is not needed is absent. */
export type BuildSteps = Pick<BuildPlan, "install" | "build">;

export const buildSteps = (install: string | undefined, build: string | undefined): BuildSteps => ({
  ...(install === undefined ? {} : { install }),
  ...(build === undefined ? {} : { build }),
});

export const stepLines = ({ install, build }: BuildSteps): string[] => [
  ...(install === undefined ? [] : [`install: ${install}`]),
  ...(build === undefined ? [] : [`build: ${build}`]),
];

export interface NodeSteps {
  readonly plan: BuildSteps & Pick<BuildPlan, "packageManager" | "nodeVersion">;
  readonly lines: readonly string[];
}

/** What installing and building a Node source takes, for a site as for a server. */
export function nodeSteps(
  app: PackageJson,
  { tree, manifest, platform = thisPlatform() }: PlanContext,
): NodeSteps {
  const { name, version, install, warnings } = detectPackageManager(tree, app, platform);
  const isNeeded = needsInstall(app);
  const steps = buildSteps(
    manifest.build?.install ?? (isNeeded ? install : undefined),
    manifest.build?.command ?? (hasScript(app, "build") ? `${name} run build` : undefined),
  );
  return {
    plan: { ...steps, packageManager: { name, version }, nodeVersion: platform.nodeVersion },
    lines: [...stepLines(steps), ...warningLines(isNeeded ? warnings : [])],
  };
}
