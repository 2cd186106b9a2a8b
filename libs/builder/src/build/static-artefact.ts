import { copyFile, mkdir, realpath, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildPlan } from "@bastide/contracts";
import { BuilderError } from "../builder-error.ts";
import { DirectoryTree } from "../detect/directory-tree.ts";
import {
  findSite,
  indexOf,
  OUTPUT_DIRECTORIES,
  siteProcesses,
  STATIC_SERVER,
} from "../detect/static-site.ts";

/** The static server as one file without dependencies, made by `npm run bundle`. */
export const staticServerFile: string = fileURLToPath(
  new URL("../../dist/static-server/serve.mjs", import.meta.url),
);

export interface StaticArtefact {
  readonly directory: string;
  readonly plan: BuildPlan;
}

/**
 * Makes an artefact of the site alone and the server: sources, settings and dependencies stay behind.
 * Throws `build-failed` when the build left no site.
 */
export async function staticArtefact(
  tree: string,
  to: string,
  plan: BuildPlan,
): Promise<StaticArtefact> {
  const output = siteOf(new DirectoryTree(tree), plan);
  await refuseLinks(tree, output);
  if (output === ".") await rename(tree, to);
  else {
    await mkdir(dirname(join(to, output)), { recursive: true });
    await rename(join(tree, output), join(to, output));
  }
  await addServer(to);
  if (output === plan.output) return { directory: to, plan };
  const { singlePageApp = false } = plan;
  return {
    directory: to,
    plan: { ...plan, output, processes: siteProcesses(output, singlePageApp) },
  };
}

function siteOf(tree: DirectoryTree, { output = ".", build }: BuildPlan): string {
  const candidates = build === undefined ? [output] : [output, ...OUTPUT_DIRECTORIES];
  const found = findSite(tree, candidates);
  if (found !== undefined) return found;
  const looked = [...new Set(candidates)].map(indexOf).join(", ");
  throw new BuilderError(
    "build-failed",
    `${build === undefined ? "The site" : `\`${build}\` ended well, but it`} has no index.html (looked for ${looked}). Say where it lies with build.output in bastide.yaml; or, if the app is a server, give package.json a start script.`,
  );
}

/** A directory that is really a link would be moved from where it leads. */
async function refuseLinks(tree: string, output: string): Promise<void> {
  if ((await realpath(join(tree, output))) === join(await realpath(tree), output)) return;
  throw new BuilderError(
    "build-failed",
    `The site's directory ${output} is a link; build.output must name a plain directory.`,
  );
}

async function addServer(directory: string): Promise<void> {
  const target = join(directory, STATIC_SERVER);
  await rm(dirname(target), { recursive: true, force: true });
  await mkdir(dirname(target));
  await copyFile(staticServerFile, target);
}
