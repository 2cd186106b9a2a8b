import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Parser, type ReadEntry } from "tar";
import { buildSource, type BuildOptions, type BuiltArtefact } from "./build-source.ts";

export interface ComparedBuild {
  readonly built: BuiltArtefact;
  /** Whether the second build gave the same bytes. */
  readonly reproducible: boolean;
  /** Paths that differ, or that only one build has; at most 20. */
  readonly differences: readonly string[];
}

/** As BuildOptions, but the source can be read twice. */
export interface CompareOptions extends Omit<BuildOptions, "source"> {
  readonly openSource: () => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
}

/**
 * Builds twice in fresh directories, the second time without the dependency cache, and compares the artefacts.
 * The first is kept, in `<workDirectory>/first`; the second is removed. Throws as `buildSource`.
 */
export async function compareBuilds({
  openSource,
  ...options
}: CompareOptions): Promise<ComparedBuild> {
  const first = await buildIn(join(options.workDirectory, "first"), options, openSource);
  options.onLog("building a second time, to compare");
  const directory = join(options.workDirectory, "second");
  const { onPlan: _once, ...silent } = options;
  try {
    const second = await buildIn(directory, { ...silent, ignoreCache: true }, openSource);
    const reproducible = first.artefact === second.artefact;
    const differences = reproducible
      ? []
      : await differencesOf(first.artefactFile, second.artefactFile);
    options.onLog(
      reproducible
        ? "reproducible: both builds gave the same bytes"
        : `not reproducible: ${differences.join(", ")}`,
    );
    return { built: first, reproducible, differences };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function buildIn(
  workDirectory: string,
  options: Omit<BuildOptions, "source">,
  openSource: CompareOptions["openSource"],
): Promise<BuiltArtefact> {
  await mkdir(workDirectory, { mode: 0o711 });
  return buildSource({ ...options, workDirectory, source: await openSource() });
}

async function differencesOf(left: string, right: string): Promise<readonly string[]> {
  const [first, second] = await Promise.all([entryDigests(left), entryDigests(right)]);
  const paths = new Set([...first.keys(), ...second.keys()]);
  return [...paths].filter((path) => first.get(path) !== second.get(path)).slice(0, 20);
}

/** Of an archive that we have just made ourselves: what each entry is, by its path. */
async function entryDigests(file: string): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  const parser = new Parser({
    onReadEntry: (entry: ReadEntry) => {
      const hash = createHash("sha256").update(
        `${entry.type} ${entry.mode} ${entry.linkpath ?? ""}\n`,
      );
      entry.on("data", (chunk) => hash.update(chunk));
      entry.on("end", () => digests.set(entry.path, hash.digest("hex")));
    },
  });
  const ended = Promise.withResolvers<void>();
  parser.on("end", () => ended.resolve());
  for await (const chunk of createReadStream(file))
    if (chunk instanceof Buffer) parser.write(chunk);
  parser.end();
  await ended.promise;
  return digests;
}
