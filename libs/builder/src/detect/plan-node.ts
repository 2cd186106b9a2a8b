import type { BuildPlan } from "@bastide/contracts";
import { satisfies, validRange } from "semver";
import { detectFramework, hasSitePackages } from "./frameworks.ts";
import { noApplication } from "./no-application.ts";
import { hasScript, type PackageJson } from "./package-json.ts";
import { thisPlatform, type Platform } from "./platform.ts";
import { nodeSteps } from "./build-steps.ts";
import type { PlanContext } from "./plan-context.ts";
import { processLines, warningLines } from "./plan-lines.ts";
import { planSite } from "./plan-site.ts";
import { entryFile, readProcfile, type FoundProcesses } from "./processes.ts";
import { startScript } from "./start-script.ts";
import type { SourceTree } from "./source-tree.ts";
import { findSite, SITE_DIRECTORIES } from "./static-site.ts";

/** A source with a package.json: a server with its workers, or a build whose result is a static site. */
export function planNode(app: PackageJson, context: PlanContext): BuildPlan {
  const found =
    declaredProcesses(app, context) ??
    (isSite(app, context) ? undefined : entryFile(context.tree, app));
  const platform = context.platform ?? thisPlatform();
  const warnings = warningLines(engineWarnings(app, platform));
  if (found === undefined) return withLines(siteOf(app, context), warnings);
  const { lines, plan } = nodeSteps(app, context);
  return {
    kind: "node",
    ...plan,
    ...(found.needsDevelopment === true ? { keepsDevelopment: true } : {}),
    processes: found.processes,
    summary: [
      `detected Node ${platform.nodeVersion} (package.json)`,
      ...lines,
      ...processLines(found.processes, found.from),
      ...warnings,
      ...warningLines(found.warnings),
    ],
  };
}

function declaredProcesses(
  app: PackageJson,
  { manifest, tree }: PlanContext,
): FoundProcesses | undefined {
  if (manifest.processes !== undefined)
    return { processes: manifest.processes, from: "bastide.yaml", warnings: [] };
  return readProcfile(tree, app) ?? (isPlainSite(app, tree) ? undefined : startScript(app, tree));
}

/** A site whose start script is for the one who makes it: it has pages, tools to look at them, and no server. */
const isPlainSite = (app: PackageJson, tree: SourceTree): boolean =>
  hasSitePackages(app) &&
  findSite(tree, SITE_DIRECTORIES) !== undefined &&
  !startsServer(app.scripts["start"] ?? "", tree);

/** `node x.js` where x.js listens by itself, with nothing but Node. */
function startsServer(script: string, tree: SourceTree): boolean {
  const file = /(?:^|&& *)node ([\w./-]+)\s*$/.exec(script)?.[1]?.replace(/^\.\//, "");
  const text = file === undefined ? undefined : (tree.read(file) ?? tree.read(`${file}.js`));
  return /\bcreateServer\b|\.listen\(/.test(text ?? "");
}

/** A known site builder with something to build goes before a file that happens to be called index.js. */
const isSite = (app: PackageJson, context: PlanContext): boolean =>
  context.manifest.build?.output !== undefined ||
  isPlainSite(app, context.tree) ||
  (detectFramework(app) !== undefined && hasScript(app, "build"));

function siteOf(app: PackageJson, context: PlanContext): BuildPlan {
  const mayBeMade = hasScript(app, "build") || context.manifest.build?.command !== undefined;
  if (!mayBeMade && findSite(context.tree, SITE_DIRECTORIES) === undefined)
    throw noApplication(
      context.tree,
      "package.json has no start script, and nothing else says what to run",
    );
  return planSite(context, app);
}

const withLines = (plan: BuildPlan, lines: readonly string[]): BuildPlan => ({
  ...plan,
  summary: [...plan.summary, ...lines],
});

function engineWarnings(app: PackageJson, { nodeVersion }: Platform): readonly string[] {
  const range = app.engines?.node;
  if (range === undefined) return [];
  if (validRange(range) === null)
    return [`engines.node "${range}" is not understood; this platform runs Node ${nodeVersion}`];
  if (satisfies(nodeVersion, range)) return [];
  return [`engines asks for Node ${range}; this platform runs Node ${nodeVersion}`];
}
