import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packArtefact } from "../src/archive/pack-artefact.ts";
import { extractArchive } from "../src/archive/read-archive.ts";
import { pieces, rawTar } from "../src/archive/tar.fixture.ts";
import { DiskBlobStore } from "../src/blobs/disk-blob-store.ts";
import { writeTree } from "./build-fixture.ts";

let root: string;
let full: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "builder-full-"));
  full = join(root, "mount");
  await mkdir(full);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", full]);
});
afterAll(async () => {
  execFileSync("umount", [full]);
  await rm(root, { recursive: true, force: true });
});

async function* bytes(count: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < count; sent += 65_536) yield Buffer.alloc(65_536, sent);
}

it("as root: a blob on a full disk is refused by name, keeps nothing, and what was there stays", async () => {
  const store = await DiskBlobStore.open(join(full, "blobs"));
  const { digest } = await store.put(bytes(65_536));
  await expect(store.put(bytes(4_000_000))).rejects.toMatchObject({
    code: "disk-full",
    message: expect.stringContaining(full),
  });
  expect(await readdir(join(full, "blobs/incoming"))).toEqual([]);
  expect(await store.has(digest)).toBe(true);
  await store.put(bytes(131_072));
});

it("as root: an archive that does not fit is refused by name", async () => {
  const tar = rawTar({ path: "big", content: "x".repeat(2_000_000) });
  const extract = extractArchive(pieces(tar, 65_536), join(full, "tree"));
  await expect(extract).rejects.toMatchObject({ code: "disk-full" });
  await rm(join(full, "tree"), { recursive: true });
});

it("as root: an artefact that does not fit is refused by name, and leaves no file", async () => {
  await writeTree(join(root, "tree"), { big: "x".repeat(2_000_000) });
  await expect(packArtefact(join(root, "tree"), join(full, "artefact.tar"))).rejects.toMatchObject({
    code: "disk-full",
  });
  expect(await readdir(full)).not.toContain("artefact.tar");
});
