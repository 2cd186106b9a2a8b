import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { packSource, type PackedSource } from "../src/archive/pack-source.ts";
import { buildSource, type BuildOptions, type BuiltArtefact } from "../src/build/build-source.ts";
import { DependencyCache } from "../src/build/dependency-cache.ts";
import { BubblewrapSandbox } from "./bubblewrap-sandbox.ts";

export type Files = Readonly<Record<string, string | object>>;

/** Writes files (objects as JSON) below a directory. */
export async function writeTree(directory: string, files: Files): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(
      join(directory, path),
      typeof content === "string" ? content : JSON.stringify(content, null, 2),
    );
  }
}

/** A place on disk with a cache and a sandbox, where sources are packed and built; removed when disposed of. */
export class Workshop implements AsyncDisposable {
  readonly root: string;
  readonly cache: DependencyCache;
  readonly sandbox = new BubblewrapSandbox();
  #builds = 0;

  private constructor(root: string, cache: DependencyCache) {
    this.root = root;
    this.cache = cache;
  }

  static async open(): Promise<Workshop> {
    const root = await mkdtemp(join(tmpdir(), "builder-"));
    return new Workshop(root, await DependencyCache.open(join(root, "cache")));
  }

  async source(files: Files, prebuilt = false): Promise<PackedSource & { file: string }> {
    const directory = join(this.root, `source-${this.#builds}`);
    this.#builds += 1;
    await mkdir(directory);
    await writeTree(directory, files);
    return this.pack(directory, prebuilt);
  }

  async pack(directory: string, prebuilt = false): Promise<PackedSource & { file: string }> {
    this.#builds += 1;
    const file = join(this.root, `source-${this.#builds}.tar.gz`);
    return { ...(await packSource(directory, file, { prebuilt })), file };
  }

  async options(
    more: Partial<BuildOptions> = {},
  ): Promise<Omit<BuildOptions, "source" | "sourceDigest">> {
    this.#builds += 1;
    const workDirectory = join(this.root, `build-${this.#builds}`);
    await mkdir(workDirectory);
    const { sandbox, cache } = this;
    return {
      app: "shop",
      project: "acme/main",
      workDirectory,
      sandbox,
      cache,
      timeoutMs: 120_000,
      onLog: () => undefined,
      ...more,
    };
  }

  async build(
    source: PackedSource & { file: string },
    more: Partial<BuildOptions> = {},
  ): Promise<BuiltArtefact> {
    const options = await this.options(more);
    return buildSource({
      ...options,
      source: createReadStream(source.file),
      sourceDigest: source.digest,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
