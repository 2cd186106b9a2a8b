import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { extractArchive } from "../src/archive/read-archive.ts";
import type { BuiltArtefact } from "../src/build/build-source.ts";
import { Workshop, type Files } from "./build-fixture.ts";
import { LOCKS } from "./locks-fixture.ts";

const BUILD =
  "node -e \"fs.writeFileSync('out', String(require('is-number')(5)) + require('ms')(60000))\"";
const app = {
  name: "app",
  version: "1.0.0",
  scripts: { build: BUILD, start: "node s.js" },
  dependencies: { ms: "2.1.3" },
  devDependencies: { "is-number": "7.0.0" },
};

let shop: Workshop;
beforeAll(async () => {
  shop = await Workshop.open();
});
beforeEach(() => {
  shop.sandbox.commands.length = 0;
});
afterAll(() => shop[Symbol.asyncDispose]());

let unpacked = 0;
async function unpack(built: BuiltArtefact): Promise<string> {
  const directory = join(shop.root, `artefact-${(unpacked += 1)}`);
  await extractArchive(createReadStream(built.artefactFile), directory);
  return directory;
}
const modulesOf = async (built: BuiltArtefact): Promise<string[]> =>
  (await readdir(join(await unpack(built), "node_modules")))
    .filter((name) => !name.startsWith("."))
    .toSorted();

describe.each(["npm", "pnpm", "yarn", "berry"] as const)("an app installed by %s", (manager) => {
  const { file, text } = LOCKS[manager];
  const files: Files = { "package.json": app, [file]: text };

  it("is built with its development dependencies and deployed without, the second time from the cache, with the same bytes", async () => {
    const source = await shop.source(files);
    const first = await shop.build(source);
    expect(first.dependencyCache).toBe("miss");
    expect(await modulesOf(first)).toEqual(["ms"]);
    expect(await readFile(join(await unpack(first), "out"), "utf8")).toBe("true1m");
    expect(await readFile(first.sbomFile, "utf8")).toContain("pkg:npm/ms@2.1.3");
    shop.sandbox.commands.length = 0;
    const second = await shop.build(source);
    expect(second).toMatchObject({
      dependencyCache: "hit",
      artefact: first.artefact,
      sbom: first.sbom,
    });
    expect(shop.sandbox.commands).toHaveLength(1);
    expect(await shop.build(source, { ignoreCache: true })).toMatchObject({
      dependencyCache: "unused",
      artefact: first.artefact,
    });
  });

  it("keeps its development dependencies when it is started with one of them", async () => {
    const started = { ...app, scripts: { ...app.scripts, start: "node -r is-number s.js" } };
    const source = await shop.source({ ...files, "package.json": started });
    const first = await shop.build(source);
    expect(await modulesOf(first)).toEqual(["is-number", "ms"]);
    expect(await shop.build(source)).toMatchObject({
      dependencyCache: "hit",
      artefact: first.artefact,
    });
  });

  it("is installed without development dependencies where there is nothing to build", async () => {
    const { build: _, ...scripts } = app.scripts;
    const source = await shop.source({ ...files, "package.json": { ...app, scripts } });
    const first = await shop.build(source);
    expect(await modulesOf(first)).toEqual(["ms"]);
    shop.sandbox.commands.length = 0;
    expect(await shop.build(source)).toMatchObject({
      dependencyCache: "hit",
      artefact: first.artefact,
    });
    expect(shop.sandbox.commands).toEqual([]);
  });
});

describe("the dependency cache", () => {
  const files: Files = { "package.json": app, "package-lock.json": LOCKS.npm.text };

  it("is of one project alone", async () => {
    const source = await shop.source(files);
    await shop.build(source);
    expect(await shop.build(source, { project: "other/main" })).toMatchObject({
      dependencyCache: "miss",
    });
  });

  it("is not changed by a build that writes into its node_modules", async () => {
    const spoil = {
      ...app,
      scripts: {
        ...app.scripts,
        build:
          "echo 'module.exports = () => \"spoilt\"' > node_modules/ms/index.js && mkdir -p node_modules/.generated node_modules/.cache && echo x > node_modules/.generated/client.js && touch node_modules/.cache/y",
      },
    };
    const spoilt = await shop.build(await shop.source({ ...files, "package.json": spoil }));
    const directory = await unpack(spoilt);
    expect(await readFile(join(directory, "node_modules/ms/index.js"), "utf8")).not.toContain(
      "spoilt",
    );
    expect((await readdir(join(directory, "node_modules"))).toSorted()).toEqual([
      ".generated",
      ".package-lock.json",
      "ms",
    ]);
    expect(
      await readFile(join(await unpack(await shop.build(await shop.source(files))), "out"), "utf8"),
    ).toBe("true1m");
  });

  it("is not used where the app has install scripts, and the log says so", async () => {
    const lines: string[] = [];
    const scripted = { ...app, scripts: { ...app.scripts, postinstall: "echo ran > installed" } };
    const built = await shop.build(await shop.source({ ...files, "package.json": scripted }), {
      onLog: (line) => lines.push(line),
    });
    expect(built.dependencyCache).toBe("unused");
    expect(await modulesOf(built)).toEqual(["ms"]);
    expect(lines).toContain(
      "the dependency cache is not used: package.json has the install script `postinstall`",
    );
  });
});

describe("an install that goes wrong", () => {
  it("for a lock file that is out of date names the fix", async () => {
    const source = await shop.source({
      "package.json": { ...app, dependencies: { ms: "2.0.0" } },
      "package-lock.json": LOCKS.npm.text,
    });
    await expect(shop.build(source)).rejects.toMatchObject({
      code: "build-failed",
      command: "npm ci",
      message: expect.stringMatching(/package\.json and package-lock\.json disagree/),
    });
  });

  it("keeps nothing in the cache", async () => {
    const broken = { ...app, dependencies: { ms: "0.0.999" } };
    const source = await shop.source({
      "package.json": broken,
      "package-lock.json": LOCKS.npm.text.replaceAll("2.1.3", "0.0.999"),
    });
    await expect(shop.build(source)).rejects.toMatchObject({ code: "build-failed" });
    expect(await readdir(join(shop.root, "cache/staging"))).toEqual([]);
  });
});

it("an app without a lock file is installed, with the versions of the day", async () => {
  const built = await shop.build(await shop.source({ "package.json": app }));
  expect(built).toMatchObject({ dependencyCache: "unused", plan: { install: "npm install" } });
  expect(await modulesOf(built)).toEqual(["ms"]);
});

it("workspaces are built as one, their links kept inside", async () => {
  const root = {
    name: "root",
    version: "1.0.0",
    private: true,
    workspaces: ["packages/*"],
    scripts: { build: "node -p \"require('lib')\" > out", start: "node s.js" },
    dependencies: { lib: "1.0.0" },
  };
  const built = await shop.build(
    await shop.source({
      "package.json": root,
      "packages/lib/package.json": { name: "lib", version: "1.0.0", main: "i.js" },
      "packages/lib/i.js": "module.exports = 'from lib'",
    }),
  );
  expect(await readFile(join(await unpack(built), "out"), "utf8")).toBe("from lib\n");
});
