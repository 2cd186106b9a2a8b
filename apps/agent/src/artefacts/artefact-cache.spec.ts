import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packArtefact } from "@bastide/builder";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Durability } from "../disk/durability.ts";
import { ArtefactCache, type CacheOptions } from "./artefact-cache.ts";
import { ArtefactSource } from "./artefact-source.ts";

/** The in-memory adapter of the port. */
class MemorySource extends ArtefactSource {
  readonly blobs = new Map<string, Buffer>();
  opened = 0;

  override async open(digest: string): Promise<AsyncIterable<Uint8Array>> {
    this.opened += 1;
    const blob = this.blobs.get(digest);
    if (!blob) throw new Error(`no blob ${digest}`);
    return (async function* () {
      yield blob;
    })();
  }
}

describe("the artefact cache", () => {
  let directory: string;
  let source: MemorySource;
  const signal = AbortSignal.timeout(30_000);

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "agent-cache-"));
    source = new MemorySource();
  });
  afterEach(() => rm(directory, { recursive: true }));

  const open = async (more: Partial<CacheOptions> = {}): Promise<ArtefactCache> => {
    const cache = new ArtefactCache({
      directory: join(directory, "artefacts"),
      source,
      bootId: "boot",
      durability: new Durability(directory),
      ...more,
    });
    await cache.load();
    return cache;
  };

  const pack = async (name: string): Promise<string> => {
    const tree = join(directory, `tree-${name}`);
    await mkdir(join(tree, "node_modules", "dep"), { recursive: true });
    await writeFile(join(tree, "server.js"), `// ${name}`);
    await writeFile(join(tree, "node_modules", "dep", "index.js"), "");
    await symlink("server.js", join(tree, "link.js"));
    const file = `${tree}.tar`;
    const { digest } = await packArtefact(tree, file);
    source.blobs.set(digest, await readFile(file));
    return digest;
  };

  it("fetches once for all who ask, and keeps dependencies beside the app", async () => {
    const digest = await pack("one");
    const cache = await open();
    const [first] = await Promise.all([cache.get(digest, signal), cache.get(digest, signal)]);
    expect(source.opened).toBe(1);
    expect((await readdir(first.app)).toSorted()).toEqual(["link.js", "server.js"]);
    expect(first.hasDependencies).toBe(true);
    expect(await readdir(join(first.directory, "node_modules"))).toEqual(["dep"]);
  });

  it("finds after a restart what it had, and fetches anew what another boot may have lost", async () => {
    const digest = await pack("one");
    await (await open()).get(digest, signal);
    await (await open()).get(digest, signal);
    expect(source.opened).toBe(1);
    await (await open({ bootId: "next" })).get(digest, signal);
    expect(source.opened).toBe(2);
  });

  it("keeps nothing of bytes that have another digest", async () => {
    const [digest, other] = [await pack("one"), await pack("two")];
    source.blobs.set(digest, source.blobs.get(other) ?? Buffer.alloc(0));
    const cache = await open();
    await expect(cache.get(digest, signal)).rejects.toThrow(`has the digest ${other}`);
    expect(await readdir(join(directory, "artefacts"))).toEqual(["incoming"]);
    expect(await readdir(join(directory, "artefacts", "incoming"))).toEqual([]);
  });

  it("drops what is unused over its limit, never what is used", async () => {
    const [one, two] = [await pack("one"), await pack("two")];
    const cache = await open({ limits: { maxUnused: 0, maxUnusedBytes: 0 } });
    cache.use(one, "a");
    cache.use(one, "b");
    cache.use(two, "c");
    await Promise.all([cache.get(one, signal), cache.get(two, signal)]);
    await cache.letGo(one, "a");
    await cache.letGo(two, "c");
    const left = (await readdir(join(directory, "artefacts"))).filter(
      (name) => name !== "incoming",
    );
    expect(left).toEqual([one.slice("sha256:".length)]);
  });
});
