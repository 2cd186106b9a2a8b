import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildPlan, BuildResult } from "@bastide/contracts";
import { packArtefact } from "../archive/pack-artefact.ts";
import { extractArchive } from "../archive/read-archive.ts";
import type { ArchiveContent } from "../archive/read-archive.ts";
import { digestOf } from "../blobs/digesting.ts";
import { BuilderError } from "../builder-error.ts";
import { detect } from "../detect/detect.ts";
import { DirectoryTree } from "../detect/directory-tree.ts";
import { readPackageJson } from "../detect/package-json.ts";
import { MANIFEST_FILES, readManifest } from "../manifest/read-manifest.ts";
import { sbomOf } from "../sbom/sbom-of.ts";
import { BuildLog } from "./build-log.ts";
import { BuildRun } from "./build-run.ts";
import type { BuildSandbox } from "./build-sandbox.ts";
import type { DependencyCache } from "./dependency-cache.ts";
import { leftOutOfApp, leftOutOfSite } from "./left-out.ts";
import { runSteps } from "./run-steps.ts";
import { staticArtefact } from "./static-artefact.ts";

export interface BuildOptions {
  /** Plain or gzipped tar. */
  readonly source: AsyncIterable<Uint8Array>;
  /** What the source must have; `digest-mismatch` otherwise. */
  readonly sourceDigest: string;
  /** The app's name, for the SBOM. */
  readonly app: string;
  /** Whose dependency cache is used: organisation and project. */
  readonly project: string;
  /**
   * An empty directory of this build's own, on the cache's file system; the caller removes it when it has taken
   * `artefact.tar` and `sbom.json` out of it, and when the build fails.
   */
  readonly workDirectory: string;
  readonly sandbox: BuildSandbox;
  readonly cache: DependencyCache;
  /** Install anew although the cache has it. */
  readonly ignoreCache?: boolean;
  readonly prebuilt?: boolean;
  /** Plain configuration that the build may see. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Of the whole build, unless the manifest's `build.timeoutSeconds` says another. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onLog: (line: string) => void;
  /** Called once, before anything runs. */
  readonly onPlan?: (plan: BuildPlan) => void;
}

/** What was built, as files in the work directory. */
export interface BuiltArtefact extends BuildResult {
  readonly artefactFile: string;
  readonly sbomFile: string;
}

/**
 * Turns a source into a release's artefact: unpacks it, reads its manifest, decides how to build it, installs, builds,
 * takes development dependencies away, lists what is in it, and packs it canonically.
 * Throws BuilderError: `digest-mismatch`, `unsafe-archive`, `invalid-manifest`, `no-application`, `build-failed`
 * (BuildFailure with the command and its last lines), `build-timeout`, `too-large`, `disk-full`; or the signal's reason.
 */
export async function buildSource(options: BuildOptions): Promise<BuiltArtefact> {
  const run = new BuildRun({
    sandbox: options.sandbox,
    directory: join(options.workDirectory, "tree"),
    environment: options.environment ?? {},
    log: new BuildLog(options.onLog),
    timeoutMs: options.timeoutMs,
    signal: options.signal,
  });
  await run.timed("extract", () => extractChecked(options, run));
  const plan = await run.timed("plan", () => Promise.resolve(planOf(options, run)));
  run.setDefaults(plan.environmentVariables ?? {});
  options.onPlan?.(plan);
  const dependencyCache = await runSteps(run, plan, options);
  return finish(options, run, plan, dependencyCache);
}

async function extractChecked(options: BuildOptions, run: BuildRun): Promise<void> {
  const { digest } = await extractArchive(options.source, run.directory, { signal: run.signal });
  // The platform's own name: nothing of a source may stand there.
  await rm(join(run.directory, ".bastide"), { recursive: true, force: true });
  if (digest !== options.sourceDigest)
    throw new BuilderError(
      "digest-mismatch",
      `The source has the digest ${digest} and not ${options.sourceDigest}: it was damaged on its way; deploy again.`,
    );
}

function planOf({ prebuilt }: BuildOptions, run: BuildRun): BuildPlan {
  const tree = new DirectoryTree(run.directory);
  const file = MANIFEST_FILES.find((name) => tree.has(name));
  const manifest = file === undefined ? {} : readManifest(tree.read(file) ?? "", file);
  const { timeoutSeconds } = manifest.build ?? {};
  if (timeoutSeconds !== undefined) run.limitTo(timeoutSeconds * 1000);
  const plan = detect(tree, manifest, { prebuilt });
  for (const line of plan.summary) run.log.say(line);
  return plan;
}

async function finish(
  options: BuildOptions,
  run: BuildRun,
  planned: BuildPlan,
  dependencyCache: BuildResult["dependencyCache"],
): Promise<BuiltArtefact> {
  const { directory, plan, leaveOut } = await artefactTree(options, run, planned);
  const sbomFile = join(options.workDirectory, "sbom.json");
  const sbom = await run.timed("sbom", () => writeSbom(options, directory, plan, sbomFile));
  const artefactFile = join(options.workDirectory, "artefact.tar");
  const artefact: ArchiveContent = await run.timed("pack", () =>
    packArtefact(directory, artefactFile, { leaveOut, signal: run.signal }),
  );
  run.log.say(`artefact: ${artefact.files} files, ${sizeText(artefact.sizeBytes)}`);
  return {
    artefact: artefact.digest,
    artefactSizeBytes: artefact.sizeBytes,
    artefactFile,
    sbom,
    sbomFile,
    plan,
    dependencyCache,
    timingsMs: run.timingsMs,
  };
}

const sizeText = (bytes: number): string =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

async function artefactTree({ workDirectory }: BuildOptions, run: BuildRun, plan: BuildPlan) {
  await rm(join(run.directory, ".bastide"), { recursive: true, force: true });
  if (plan.output === undefined) return { directory: run.directory, plan, leaveOut: leftOutOfApp };
  const site = await staticArtefact(run.directory, join(workDirectory, "site"), plan);
  const isWholeSource = site.plan.output === ".";
  return { ...site, leaveOut: isWholeSource ? leftOutOfSite : leftOutOfApp };
}

async function writeSbom(
  { app, sourceDigest }: BuildOptions,
  directory: string,
  plan: BuildPlan,
  file: string,
): Promise<string> {
  const version = readPackageJson(new DirectoryTree(directory))?.version;
  const nodeVersion = plan.nodeVersion ?? process.versions.node;
  const sbom = await sbomOf(directory, { name: app, version, sourceDigest, nodeVersion });
  const text = `${JSON.stringify(sbom, undefined, 2)}\n`;
  await writeFile(file, text, { mode: 0o600 });
  return digestOf(text);
}
