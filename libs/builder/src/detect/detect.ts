import type { BuildPlan, Manifest } from "@bastide/contracts";
import { noApplication } from "./no-application.ts";
import { planNode } from "./plan-node.ts";
import { readPackageJson } from "./package-json.ts";
import { thisPlatform, type Platform } from "./platform.ts";
import { planFromProcesses } from "./plan-processes.ts";
import { readProcfile } from "./processes.ts";
import type { SourceTree } from "./source-tree.ts";
import { findSite, manifestOutput, SITE_DIRECTORIES } from "./static-site.ts";
import { planSite } from "./plan-site.ts";

export interface DetectOptions {
  readonly platform?: Platform;
  /** The source is built already: nothing is installed or built. */
  readonly prebuilt?: boolean | undefined;
}

/**
 * Decides how a source is built and run; what the manifest says goes before what is found. Pure but for the tree.
 * The lines of `summary` are for people: what was detected, each command, and warnings (`warning: …`).
 * Throws `no-application`, saying what was looked for, and `invalid-manifest`.
 */
export function detect(
  tree: SourceTree,
  manifest: Manifest = {},
  { platform = thisPlatform(), prebuilt = false }: DetectOptions = {},
): BuildPlan {
  const found = planOf(tree, manifest, platform, prebuilt);
  const plan =
    manifest.env === undefined ? found : { ...found, environmentVariables: manifest.env };
  return prebuilt ? asPrebuilt(plan) : plan;
}

function planOf(
  tree: SourceTree,
  manifest: Manifest,
  platform: Platform,
  prebuilt: boolean,
): BuildPlan {
  const app = readPackageJson(tree);
  const kind = manifest.build?.kind ?? (app === undefined ? undefined : "node");
  const context = { tree, manifest, platform, prebuilt };
  if (kind === "static") return planSite(context, app);
  if (kind !== "node") return planWithoutPackage(tree, manifest, kind);
  if (app !== undefined) return planNode(app, context);
  throw noApplication(tree, "bastide.yaml says `build.kind: node`, but there is no package.json");
}

/** Processes that run as they are, or else plain files. */
function planWithoutPackage(
  tree: SourceTree,
  manifest: Manifest,
  kind: "procfile" | undefined,
): BuildPlan {
  const procfile = readProcfile(tree);
  if (manifest.processes !== undefined || procfile !== undefined)
    return planFromProcesses(manifest, procfile);
  if (kind === "procfile")
    throw noApplication(
      tree,
      "bastide.yaml says `build.kind: procfile`, but there is no Procfile and it lists no processes",
    );
  const output = manifestOutput(manifest) ?? findSite(tree, SITE_DIRECTORIES);
  if (output === undefined) throw noApplication(tree);
  return planSite({ tree, manifest });
}

/** The same processes without the steps that make them. */
function asPrebuilt({
  install: _install,
  build: _build,
  packageManager: _manager,
  ...plan
}: BuildPlan): BuildPlan {
  const summary = plan.summary.filter((line) => !/^(?:install|build|warning): /.test(line));
  return {
    ...plan,
    kind: "prebuilt",
    summary: ["prebuilt: nothing is installed or built", ...summary],
  };
}
