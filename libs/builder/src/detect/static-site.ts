import { ProcessSpec, type Manifest } from "@bastide/contracts";
import { BuilderError } from "../builder-error.ts";
import type { Processes } from "./processes.ts";
import type { SourceTree } from "./source-tree.ts";

/** Where the static server lies in an artefact. */
export const STATIC_SERVER = ".bastide/serve.mjs";

/** Where sites usually lie, the source itself first. */
export const SITE_DIRECTORIES = [".", "public", "dist", "build", "out", "_site"] as const;
/** Where builds usually leave them: never the source itself. */
export const OUTPUT_DIRECTORIES = ["dist", "build", "out", "_site", "public"] as const;

export const indexOf = (directory: string): string =>
  directory === "." ? "index.html" : `${directory}/index.html`;

/** The first of the directories that has an index.html. */
export const findSite = (tree: SourceTree, directories: readonly string[]): string | undefined =>
  directories.find((directory) => tree.has(indexOf(directory)));

/** `build.output` as a path below the source. Throws `invalid-manifest` for one that is not. */
export function manifestOutput(manifest: Manifest): string | undefined {
  const output = manifest.build?.output;
  if (output === undefined) return undefined;
  const names = output.split("/").filter((name) => name !== "" && name !== ".");
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  if (output.startsWith("/") || names.includes("..") || /[\u0000-\u001f']/.test(output))
    throw new BuilderError(
      "invalid-manifest",
      `build.output is ${JSON.stringify(output)}; it must be a directory below the app, such as dist.`,
    );
  return names.length === 0 ? "." : names.join("/");
}

/** The one process of a static site: the platform's own file server. */
export function siteProcesses(output: string, singlePageApp: boolean): Processes {
  const quoted = /^[\w./@+-]+$/.test(output) ? output : `'${output}'`;
  const flag = singlePageApp ? " --single-page-app" : "";
  return { web: ProcessSpec.parse({ command: `node ${STATIC_SERVER} ${quoted}${flag}` }) };
}
