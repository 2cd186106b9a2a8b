import type { BuildPlan } from "@bastide/contracts";
import { buildSteps, nodeSteps, stepLines, type NodeSteps } from "./build-steps.ts";
import { detectFramework, type Framework } from "./frameworks.ts";
import { noApplication } from "./no-application.ts";
import type { PackageJson } from "./package-json.ts";
import type { PlanContext } from "./plan-context.ts";
import {
  findSite,
  manifestOutput,
  OUTPUT_DIRECTORIES,
  SITE_DIRECTORIES,
  siteProcesses,
} from "./static-site.ts";

/** Plain files, or a Node build that leaves plain files; the platform's own server serves them. */
export function planSite(context: PlanContext, app?: PackageJson): BuildPlan {
  const framework = app === undefined ? undefined : detectFramework(app);
  const { plan, lines } = app === undefined ? manifestSteps(context) : nodeSteps(app, context);
  const output = outputOf(context, plan.build !== undefined, framework);
  const singlePageApp = isSinglePageApp(context, framework);
  return {
    kind: "static",
    ...plan,
    output,
    singlePageApp,
    processes: siteProcesses(output, singlePageApp),
    summary: [
      `detected a static site (${framework?.name ?? shownDirectory(output)})`,
      ...lines,
      `web: the platform's file server on ${shownDirectory(output)}${singlePageApp ? ", unknown paths get its index.html" : ""}`,
    ],
  };
}

const isSinglePageApp = ({ manifest }: PlanContext, framework: Framework | undefined): boolean =>
  manifest.build?.singlePageApp ?? framework?.singlePageApp ?? false;

const shownDirectory = (output: string): string =>
  output === "." ? "the directory itself" : `${output}/`;

function manifestSteps({ manifest: { build } }: PlanContext): NodeSteps {
  const plan = buildSteps(build?.install, build?.command);
  return { plan, lines: stepLines(plan) };
}

/** Without a build the site must be there already; with one, it is what the build will leave. */
function outputOf(
  { tree, manifest, prebuilt = false }: PlanContext,
  hasBuild: boolean,
  framework: Framework | undefined,
): string {
  const said = manifestOutput(manifest);
  if (said !== undefined) return said;
  if (hasBuild && !prebuilt) return framework?.output ?? OUTPUT_DIRECTORIES[0];
  const found = findSite(tree, prebuilt ? [...OUTPUT_DIRECTORIES, "."] : SITE_DIRECTORIES);
  if (found === undefined)
    throw noApplication(tree, "A static site needs an index.html, and none was found");
  return found;
}
