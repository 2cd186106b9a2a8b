import { lstat, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digestOf } from "../blobs/digesting.ts";
import { SOURCE_LIMITS } from "./limits.ts";
import { checkedTar, extractArchive } from "./read-archive.ts";
import { pieces, rawTar, type RawEntry } from "./tar.fixture.ts";

let root: string;
let target: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "builder-extract-"));
  target = join(root, "target");
});
afterEach(() => rm(root, { recursive: true, force: true }));

const small = { ...SOURCE_LIMITS, maxBytes: 200_000, maxEntries: 50, maxDepth: 8 };
const extract = (bytes: Uint8Array, limits = small) =>
  extractArchive(pieces(bytes), target, { limits });
const checkOf = async (input: AsyncIterable<Uint8Array>, limits = small): Promise<void> => {
  for await (const _ of checkedTar(input, { limits }));
};
const check = (bytes: Uint8Array, limits = small): Promise<void> => checkOf(pieces(bytes), limits);

describe("unpacking an archive", () => {
  const tree = rawTar(
    { path: "./", type: "Directory" },
    { path: "./bin/run", content: "#!/bin/sh\n", mode: 0o4775 },
    { path: "readme", content: "hello", mode: 0o600 },
    { path: "empty", type: "Directory" },
    { path: "bin/link", type: "SymbolicLink", linkpath: "../readme" },
    { path: "copy", type: "Link", linkpath: "readme" },
  );

  it.each([
    ["plain", tree],
    ["gzipped", gzipSync(tree)],
  ])("makes the same tree and the same digest of a %s tar", async (_, bytes) => {
    const content = await extract(bytes);
    expect(await readFile(join(target, "readme"), "utf8")).toBe("hello");
    expect(await readFile(join(target, "copy"), "utf8")).toBe("hello");
    expect(await readlink(join(target, "bin/link"))).toBe("../readme");
    expect(await readdir(join(target, "empty"))).toEqual([]);
    expect(content).toMatchObject({ files: 4, sizeBytes: tree.byteLength });
    expect(content.digest).toBe(digestOf(tree));
  });

  it("gives plain modes whatever the archive and the umask say", async () => {
    const umask = process.umask(0o077);
    try {
      await extract(tree);
    } finally {
      process.umask(umask);
    }
    expect((await lstat(join(target, "bin/run"))).mode & 0o7777).toBe(0o755);
    expect((await lstat(join(target, "readme"))).mode & 0o7777).toBe(0o644);
    expect((await lstat(join(target, "bin"))).mode & 0o7777).toBe(0o755);
  });

  it("gives the time it is told, and else the present", async () => {
    const modifiedAt = new Date("2026-03-04T05:06:07Z");
    await extractArchive(pieces(tree), target, { modifiedAt });
    expect((await lstat(join(target, "readme"))).mtime).toEqual(modifiedAt);
    await extractArchive(pieces(tree), join(root, "other"));
    expect((await lstat(join(root, "other/readme"))).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  });

  it("takes names of more than a hundred characters and of any script", async () => {
    const path = `${"d".repeat(90)}/${"é".repeat(80)}/文件`;
    await extract(rawTar({ path: "short", pax: { path }, content: "x" }));
    expect(await readFile(join(target, path), "utf8")).toBe("x");
  });

  it("takes links that climb no further than the top", async () => {
    await extract(
      rawTar(
        { path: "a/b/file", content: "x" },
        { path: "a/b/up", type: "SymbolicLink", linkpath: "../../a/b/file" },
        { path: "dangling", type: "SymbolicLink", linkpath: "not/there" },
      ),
    );
    expect(await readFile(join(target, "a/b/up"), "utf8")).toBe("x");
  });

  it("writes only into an empty directory", async () => {
    await extract(tree);
    await expect(extract(tree)).rejects.toThrow(/is not empty/);
  });

  it("stops with the signal's reason", async () => {
    const signal = AbortSignal.abort(new Error("cancelled"));
    await expect(extractArchive(pieces(tree), target, { signal })).rejects.toThrow("cancelled");
  });
});

const link = (path: string, linkpath: string): RawEntry => ({
  path,
  type: "SymbolicLink",
  linkpath,
});
const file = (path: string): RawEntry => ({ path, content: "x" });

const ATTACKS: readonly (readonly [what: string, entries: readonly RawEntry[], named: string])[] = [
  ["a path with ..", [file("../evil")], "../evil"],
  ["a path with .. in its middle", [file("a/../../evil")], "a/../../evil"],
  ["an absolute path", [file("/etc/evil")], "/etc/evil"],
  [
    "an absolute path in an extended header",
    [{ ...file("x"), pax: { path: "/etc/evil" } }],
    "/etc/evil",
  ],
  [".. in an extended header", [{ ...file("x"), pax: { path: "../evil" } }], "../evil"],
  ["an absolute symbolic link", [link("l", "/etc/passwd")], '"l"'],
  ["a symbolic link that climbs out", [link("a/l", "../../evil")], '"a/l"'],
  ["a link out in an extended header", [{ ...link("l", "ok"), pax: { linkpath: "/etc" } }], '"l"'],
  [
    "a symbolic link that climbs after a name",
    [{ path: "d/x", type: "Directory" }, link("l", "d/x/../../..")],
    '"l"',
  ],
  ["a file below a link", [link("d", "."), file("d/evil")], '"d/evil"'],
  ["a file below a file", [file("d"), file("d/evil")], '"d/evil"'],
  ["a directory over a link", [link("d", "."), { path: "d", type: "Directory" }], '"d"'],
  ["a link over a directory", [file("d/a"), link("d", ".")], '"d"'],
  ["the same file twice", [file("a"), file("a")], '"a"'],
  ["the same file under two spellings", [file("a/b"), file("./a//b")], '"a/b"'],
  [
    "a hard link to an absolute path",
    [{ path: "h", type: "Link", linkpath: "/etc/passwd" }],
    "/etc/passwd",
  ],
  ["a hard link that climbs out", [{ path: "h", type: "Link", linkpath: "../evil" }], "../evil"],
  [
    "a hard link to what is not in the archive",
    [{ path: "h", type: "Link", linkpath: "later" }, file("later")],
    '"h"',
  ],
  [
    "a hard link to a symbolic link",
    [link("l", "x"), { path: "h", type: "Link", linkpath: "l" }],
    '"h"',
  ],
  ["a character device", [{ path: "dev", type: "CharacterDevice" }], '"dev"'],
  ["a block device", [{ path: "dev", type: "BlockDevice" }], '"dev"'],
  ["a pipe", [{ path: "pipe", type: "FIFO" }], '"pipe"'],
  ["an entry type that nobody knows", [{ ...file("odd"), flag: "Z" }], '"odd"'],
  ["a sparse file", [{ ...file("sparse"), flag: "S" }], '"sparse"'],
  [
    "a path with a control character",
    [{ ...file("x"), pax: { path: "a\u0007b" } }],
    String.raw`a\u0007b`,
  ],
  ["a path too deep", [file("a/b/c/d/e/f/g/h/i")], "9 directories"],
  ["too many entries", Array.from({ length: 60 }, (_, index) => file(`f${index}`)), "limit of 50"],
  ["an empty link", [{ path: "l", type: "SymbolicLink", linkpath: "" }], "linkpath"],
];

describe("an unsafe archive", () => {
  it.each(ATTACKS)(
    "is refused for %s, naming it, and makes nothing outside",
    async (_, entries, named) => {
      const bytes = rawTar(...entries);
      await expect(extract(bytes)).rejects.toMatchObject({
        code: "unsafe-archive",
        message: expect.stringContaining(named),
      });
      await expect(check(bytes)).rejects.toMatchObject({
        code: "unsafe-archive",
        message: expect.stringContaining(named),
      });
      expect(await readdir(root)).toEqual(["target"]);
    },
  );

  it("is refused when it unpacks to more than the limit, without unpacking the rest", async () => {
    const bomb = gzipSync(rawTar({ path: "zeros", content: "\0".repeat(5_000_000) }));
    expect(bomb.byteLength).toBeLessThan(10_000);
    await expect(extract(bomb)).rejects.toMatchObject({ code: "too-large" });
    await expect(check(bomb)).rejects.toMatchObject({ code: "too-large" });
  });

  it("is refused when hard links multiply a file over the limit", async () => {
    const big: RawEntry = { path: "big", content: "x".repeat(60_000) };
    const links = [1, 2, 3, 4].map((n): RawEntry => ({
      path: `h${n}`,
      type: "Link",
      linkpath: "big",
    }));
    await expect(extract(rawTar(big, ...links))).rejects.toMatchObject({ code: "too-large" });
  });

  it("is refused when an extended header is over the parser's limit", async () => {
    const limits = { ...small, maxBytes: 10_000_000 };
    const bytes = rawTar({ ...file("x"), pax: { path: "p".repeat(2_000_000) } });
    await expect(extract(bytes, limits)).rejects.toMatchObject({ code: "unsafe-archive" });
  });

  it("is refused when zeros without end follow its end mark, and costs no more than reading them", async () => {
    let sent = 0;
    const endless = async function* () {
      yield rawTar(file("a"));
      for (; sent < 1000; sent += 1) yield Buffer.alloc(64 * 1024);
    };
    const limits = { ...small, maxBytes: 1024 ** 3 };
    await expect(checkOf(endless(), limits)).rejects.toMatchObject({
      code: "unsafe-archive",
      message: expect.stringContaining("end mark"),
    });
    expect(sent).toBeLessThan(20);
  });

  const good = rawTar(file("a"), file("b"));
  it.each([
    ["nothing", Buffer.alloc(0)],
    ["no archive at all", Buffer.from("<!doctype html>".repeat(100))],
    ["a tar cut in the middle", good.subarray(0, 900)],
    ["a tar without its end mark", good.subarray(0, -1024)],
    ["a gzip stream cut in the middle", gzipSync(good).subarray(0, 60)],
    ["a tar with something after its end mark", Buffer.concat([good, good])],
    ["a tar compressed twice", gzipSync(gzipSync(good))],
    ["a broken header", Buffer.concat([Buffer.from("garbage".padEnd(512)), good])],
  ])("is refused when it is %s", async (_, bytes) => {
    await expect(extract(bytes)).rejects.toMatchObject({ code: "unsafe-archive" });
    await expect(check(bytes)).rejects.toMatchObject({ code: "unsafe-archive" });
  });

  it("reports a file system's error as it is", async () => {
    await writeFile(target, "a file in the way");
    await expect(extract(good)).rejects.toMatchObject({ code: "EEXIST" });
  });
});
