import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DirectoryTree } from "./directory-tree.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "builder-tree-"));
  await mkdir(join(root, "app"));
  await writeFile(join(root, "secret"), "of the host");
  await writeFile(join(root, "app/a.txt"), "text");
});
afterEach(() => rm(root, { recursive: true, force: true }));

it("reads files, and says of others that they are not there", () => {
  const tree = new DirectoryTree(join(root, "app"));
  expect(tree.read("a.txt")).toBe("text");
  expect([tree.has("a.txt"), tree.has("b.txt"), tree.has("."), tree.has("a.txt/x")]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

it("follows a link inside, and none that leaves", async () => {
  await symlink("a.txt", join(root, "app/in"));
  await symlink("../secret", join(root, "app/out"));
  await symlink("..", join(root, "app/up"));
  const tree = new DirectoryTree(join(root, "app"));
  expect(tree.read("in")).toBe("text");
  expect([tree.read("out"), tree.read("up/secret"), tree.read("../secret")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it("does not wait for a pipe", () => {
  execFileSync("mkfifo", [join(root, "app/pipe")]);
  expect(new DirectoryTree(join(root, "app")).read("pipe")).toBeUndefined();
});

it("as a source hides what is not packed", async () => {
  await writeFile(join(root, "app/.gitignore"), "dist\n");
  await mkdir(join(root, "app/dist"));
  await writeFile(join(root, "app/dist/index.html"), "");
  expect(new DirectoryTree(join(root, "app"), { asSource: true }).has("dist/index.html")).toBe(
    false,
  );
  expect(
    new DirectoryTree(join(root, "app"), { asSource: true, prebuilt: true }).has("dist/index.html"),
  ).toBe(true);
});
