import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DependencyCache, type CacheLease } from "./dependency-cache.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "builder-cache-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(cache: DependencyCache, key: string, text = key): Promise<CacheLease> {
  const staged = await cache.stage();
  await mkdir(join(staged, "full"));
  await writeFile(join(staged, "full/file"), text.padEnd(100_000));
  return cache.publish(staged, key);
}
const has = async (cache: DependencyCache, key: string): Promise<boolean> => {
  const lease = await cache.find(key);
  lease?.release();
  return lease !== undefined;
};

describe("the dependency cache", () => {
  it("gives back what was put, also after a new start", async () => {
    (await put(await DependencyCache.open(root), "a")).release();
    const found = await (await DependencyCache.open(root)).find("a");
    expect(await readFile(join(found?.path("full") ?? "", "file"), "utf8")).toMatch(/^a /);
    expect(await (await DependencyCache.open(root)).find("b")).toBeUndefined();
  });

  it("clears what a killed build left half filled", async () => {
    const staged = await (await DependencyCache.open(root)).stage();
    await writeFile(join(staged, "half"), "");
    await DependencyCache.open(root);
    expect(await readdir(join(root, "staging"))).toEqual([]);
  });

  it("keeps the first of two builds that fill the same entry at once", async () => {
    const cache = await DependencyCache.open(root);
    const leases = await Promise.all([put(cache, "k", "first"), put(cache, "k", "second")]);
    for (const lease of leases) expect(await readdir(lease.path("full"))).toEqual(["file"]);
    expect(await readdir(join(root, "staging"))).toEqual([]);
  });

  it("drops the least recently used when it is over its limit", async () => {
    const cache = await DependencyCache.open(root, { maxBytes: 350_000 });
    for (const key of ["a", "b", "c"]) (await put(cache, key)).release();
    expect(await has(cache, "a")).toBe(true);
    (await put(cache, "d")).release();
    expect([
      await has(cache, "a"),
      await has(cache, "b"),
      await has(cache, "c"),
      await has(cache, "d"),
    ]).toEqual([true, false, true, true]);
  });

  it("keeps what a build is using, whatever its limit", async () => {
    const cache = await DependencyCache.open(root, { maxBytes: 150_000 });
    const lease = await put(cache, "used");
    (await put(cache, "other")).release();
    expect(await readdir(lease.path("full"))).toEqual(["file"]);
    lease.release();
    lease.release();
    (await put(cache, "third")).release();
    expect(await has(cache, "used")).toBe(false);
  });

  it("clears a project's downloads when they have grown too large, and never another's", async () => {
    const cache = await DependencyCache.open(root, { maxBytes: 500_000 });
    const [mine, other] = [await cache.downloads("acme/a"), await cache.downloads("acme/b")];
    expect(mine.path).not.toBe(other.path);
    await writeFile(join(mine.path, "big"), "x".repeat(200_000));
    await writeFile(join(other.path, "small"), "x");
    for (const lease of [mine, other]) lease.release();
    expect(await readdir((await cache.downloads("acme/a")).path)).toEqual(["home"]);
    expect(await readdir((await cache.downloads("acme/b")).path)).toEqual(["home", "small"]);
  });

  it("never clears a project's downloads while one of its builds may write there", async () => {
    const cache = await DependencyCache.open(root, { maxBytes: 500_000 });
    const first = await cache.downloads("acme/a");
    await writeFile(join(first.path, "big"), "x".repeat(200_000));
    const second = await cache.downloads("acme/a");
    expect(await readdir(second.path)).toEqual(["big", "home"]);
    for (const lease of [first, first, second]) lease.release();
    expect(await readdir((await cache.downloads("acme/a")).path)).toEqual(["home"]);
  });
});
