import fc from "fast-check";
import { createReadStream } from "node:fs";
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { list } from "tar";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packArtefact } from "./pack-artefact.ts";
import { ARTEFACT_LIMITS } from "./limits.ts";
import { extractArchive } from "./read-archive.ts";

let root: string;
let count = 0;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "builder-pack-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const fresh = (): string => join(root, `x${(count += 1)}`);

async function write(directory: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [path, content] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}

const name = fc.constantFrom("a", "b.js", "Z", "é", "文", "long".repeat(20), ".hidden", "sp ace");
const treeOf = fc
  .dictionary(
    fc.array(name, { minLength: 2, maxLength: 5 }).map((names) => `${names.join("/")}.f`),
    fc.uint8Array({ maxLength: 1500 }),
    { minKeys: 1, maxKeys: 8 },
  )
  .map(
    (files) =>
      new Map(Object.entries(files).map(([path, bytes]) => [path, Buffer.from(bytes)] as const)),
  );

describe("the canonical archive", () => {
  it("has the same bytes for the same tree, whatever the order, times and modes it was made with", async () => {
    await fc.assert(
      fc.asyncProperty(treeOf, async (files) => {
        const [left, right] = [fresh(), fresh()];
        await write(left, files);
        await write(right, new Map([...files].toReversed()));
        for (const path of files.keys()) {
          await chmod(join(right, path), 0o640);
          await utimes(join(right, path), 1, 1);
        }
        const first = await packArtefact(left, fresh());
        expect(await packArtefact(right, fresh())).toEqual(first);
        expect(first.files).toBe(files.size);
      }),
      { numRuns: 25 },
    );
  });

  it("unpacks to the tree it was made of, and that packs to the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(treeOf, async (files) => {
        const [tree, tar, copy] = [fresh(), fresh(), fresh()];
        await write(tree, files);
        const packed = await packArtefact(tree, tar);
        const read = await extractArchive(createReadStream(tar), copy, { limits: ARTEFACT_LIMITS });
        expect(read).toEqual(packed);
        for (const [path, content] of files)
          expect(await readFile(join(copy, path))).toEqual(content);
        expect((await packArtefact(copy, fresh())).digest).toBe(packed.digest);
      }),
      { numRuns: 25 },
    );
  });

  it("tells content, name, executable bit and link target apart", async () => {
    const digests = new Set<string>();
    const pack = async (change: (directory: string) => Promise<unknown>): Promise<void> => {
      const directory = fresh();
      await write(directory, new Map([["run", Buffer.from("x")]]));
      await change(directory);
      digests.add((await packArtefact(directory, fresh())).digest);
    };
    await pack(() => Promise.resolve());
    await pack((directory) => writeFile(join(directory, "run"), "y"));
    await pack((directory) => chmod(join(directory, "run"), 0o755));
    await pack((directory) => symlink("run", join(directory, "l")));
    await pack((directory) => symlink("gone", join(directory, "l")));
    await pack((directory) => mkdir(join(directory, "empty")));
    expect(digests.size).toBe(6);
  });

  it("is a tar like any other, with files of more than one read", async () => {
    const [directory, tar] = [fresh(), fresh()];
    await write(
      directory,
      new Map([
        ["big", Buffer.alloc(3_000_000, 7)],
        ["small", Buffer.from("s")],
      ]),
    );
    await packArtefact(directory, tar);
    const seen: unknown[] = [];
    await list({
      file: tar,
      onReadEntry: ({ path, size, mode, uid, mtime }) =>
        seen.push([path, size, mode, uid, mtime?.toISOString()]),
    });
    const time = "1980-01-01T00:00:00.000Z";
    expect(seen).toEqual([
      ["big", 3_000_000, 0o644, 0, time],
      ["small", 1, 0o644, 0, time],
    ]);
  });

  it("leaves out what it is told to", async () => {
    const directory = fresh();
    await write(
      directory,
      new Map([
        ["a/x", Buffer.from("1")],
        ["b/x", Buffer.from("1")],
      ]),
    );
    const packed = await packArtefact(directory, fresh(), { leaveOut: (path) => path === "a" });
    expect(packed.files).toBe(1);
  });

  it("refuses a link that leaves the directory, and leaves no file", async () => {
    const directory = fresh();
    await write(directory, new Map([["a", Buffer.from("1")]]));
    await symlink("/etc/passwd", join(directory, "l"));
    await expect(packArtefact(directory, join(root, "out.tar"))).rejects.toMatchObject({
      code: "unsafe-archive",
    });
    expect(await readdir(root)).not.toContain("out.tar");
  });

  it("refuses a socket, naming it", async () => {
    const directory = fresh();
    await mkdir(directory);
    const server = createServer().listen(join(directory, "s.sock"));
    await new Promise((resolve) => server.once("listening", resolve));
    await expect(packArtefact(directory, fresh())).rejects.toThrow(/"s.sock" is neither/);
    await new Promise((resolve) => server.close(resolve));
  });

  it("refuses a tree over the limit", async () => {
    const directory = fresh();
    await write(directory, new Map([["a", Buffer.alloc(100_000)]]));
    await expect(packArtefact(directory, fresh(), { maxBytes: 50_000 })).rejects.toMatchObject({
      code: "too-large",
    });
  });
});
