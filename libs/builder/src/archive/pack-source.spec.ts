import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryBlobStore } from "../blobs/memory-blob-store.ts";
import { packSource, sourceEntries } from "./pack-source.ts";
import { storeSource } from "./store-source.ts";

let root: string;
let source: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "builder-source-"));
  source = join(root, "source");
  await mkdir(source);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await writeFile(join(source, path), text);
  }
}

const packed = async (prebuilt = false): Promise<string[]> =>
  (await sourceEntries(source, { prebuilt }))
    .filter(({ kind }) => kind !== "directory")
    .map(({ path }) => path);

describe("a directory's source", () => {
  it("has neither history nor dependencies nor the platform's own files, at any depth", async () => {
    await write({
      "a.js": "",
      ".git/HEAD": "",
      "node_modules/x/i.js": "",
      "sub/node_modules/y": "",
      ".bastide/keys": "",
    });
    expect(await packed()).toEqual(["a.js"]);
  });

  it("obeys .gitignore of every level, as Git does", async () => {
    await write({
      ".gitignore": "*.log\n/dist/\n!keep.log\n",
      "x.log": "",
      "keep.log": "",
      "dist/out.js": "",
      "sub/dist/in.js": "",
      "sub/y.log": "",
      "sub/.gitignore": "secret\n!y.log\n",
      "sub/secret": "",
      secret: "",
    });
    expect(await packed()).toEqual([
      ".gitignore",
      "keep.log",
      "secret",
      "sub/.gitignore",
      "sub/dist/in.js",
      "sub/y.log",
    ]);
  });

  it("lets .bastideignore have the last word, in both directions", async () => {
    await write({
      ".gitignore": "dist\n",
      ".bastideignore": "!dist\ndocs\n",
      "dist/app.js": "",
      "docs/a.md": "",
      "b.js": "",
    });
    expect(await packed()).toEqual([".bastideignore", ".gitignore", "b.js", "dist/app.js"]);
  });

  it("that is built already keeps what Git ignores, dependencies too", async () => {
    await write({
      ".gitignore": "dist\nnode_modules\n",
      "dist/app.js": "",
      "node_modules/x/i.js": "",
      ".git/HEAD": "",
    });
    expect(await packed(true)).toEqual([".gitignore", "dist/app.js", "node_modules/x/i.js"]);
  });

  it("has the digest that the platform computes of the upload", async () => {
    await write({ "a.js": "console.log(1)", "sub/b": "2" });
    const file = join(root, "s.tar.gz");
    const result = await packSource(source, file);
    const blobs = new MemoryBlobStore();
    const { packedBytes, ...content } = result;
    expect(await storeSource(createReadStream(file), blobs)).toEqual(content);
    expect(await blobs.sizeOf(result.digest)).toBe(result.sizeBytes);
    expect((await readFile(file)).byteLength).toBe(packedBytes);
    expect(result.files).toBe(2);
  });

  it("has the same digest wherever and whenever it is packed", async () => {
    await write({ a: "1" });
    const first = await packSource(source, join(root, "1.tar.gz"));
    await rm(source, { recursive: true });
    await write({ a: "1" });
    expect((await packSource(source, join(root, "2.tar.gz"))).digest).toBe(first.digest);
  });

  it("over the limit is refused, naming what is largest", async () => {
    await write({
      "video/a.mp4": "x".repeat(9000),
      "data/b": "x".repeat(5000),
      "c.bin": "x".repeat(3000),
      tiny: "x",
    });
    const pack = packSource(source, join(root, "s.tar.gz"), { maxBytes: 10_000 });
    await expect(pack).rejects.toMatchObject({ code: "too-large" });
    await expect(pack).rejects.toThrow(/video\/ 0\.0 MB, data\/ .*, c\.bin .*\.bastideignore/);
  });

  it("without any file is refused", async () => {
    await write({ ".git/HEAD": "" });
    await expect(packSource(source, join(root, "s.tar.gz"))).rejects.toMatchObject({
      code: "no-application",
    });
  });

  it("with a link out of it is refused, naming the link and the fix", async () => {
    await symlink("/etc", join(source, "l"));
    await expect(packSource(source, join(root, "s.tar.gz"))).rejects.toThrow(
      /"l" leads to "\/etc".*bastideignore/,
    );
  });
});

describe("an upload", () => {
  it("that is no safe archive leaves nothing in the store", async () => {
    const blobs = new MemoryBlobStore();
    const store = storeSource(
      (async function* () {
        yield Buffer.from("no tar");
      })(),
      blobs,
    );
    await expect(store).rejects.toMatchObject({ code: "unsafe-archive" });
    expect((await blobs.list().next()).done).toBe(true);
  });
});
