import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blobStoreContract } from "./blob-store.contract.fixture.ts";
import { DiskBlobStore } from "./disk-blob-store.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "builder-blobs-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

blobStoreContract("disk", () => DiskBlobStore.open(root));

describe("blobs on disk", () => {
  const content = (text: string): Readable => Readable.from([Buffer.from(text)]);

  it("survive a new start of the process", async () => {
    const { digest } = await (await DiskBlobStore.open(root)).put(content("kept"));
    expect(await (await DiskBlobStore.open(root)).has(digest)).toBe(true);
  });

  it("leave nothing half written behind, and clear what a killed process left", async () => {
    await DiskBlobStore.open(root);
    await writeFile(join(root, "incoming", "half"), "…");
    const store = await DiskBlobStore.open(root);
    await store.put(content("whole"));
    await expect(store.put(content("a"), { maxBytes: 0 })).rejects.toThrow("limit of 0 bytes");
    expect(await readdir(join(root, "incoming"))).toEqual([]);
  });

  it("can be read by their owner alone", async () => {
    const store = await DiskBlobStore.open(root);
    const { digest } = await store.put(content("secret"));
    expect((await stat(store.path(digest))).mode & 0o777).toBe(0o600);
  });

  it("have no path for what is no digest", async () => {
    const store = await DiskBlobStore.open(root);
    expect(() => store.path("sha256:../../etc/passwd")).toThrow(RangeError);
    await expect(store.has("nonsense")).rejects.toThrow(RangeError);
  });
});
