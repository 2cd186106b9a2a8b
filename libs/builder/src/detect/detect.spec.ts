import type { BuildPlan } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { readManifest } from "../manifest/read-manifest.ts";
import { detect } from "./detect.ts";
import { MemoryTree } from "./source-tree.ts";

const platform = { nodeVersion: "24.21.0", npmVersion: "11.21.2" };
type Files = Record<string, string | object>;

function plan(files: Files, manifest = "", prebuilt = false): BuildPlan {
  const texts = Object.entries(files).map(([path, content]) => [
    path,
    typeof content === "string" ? content : JSON.stringify(content),
  ]);
  return detect(new MemoryTree(Object.fromEntries(texts)), readManifest(manifest, "bastide.yaml"), {
    platform,
    prebuilt,
  });
}
const web = (found: BuildPlan): string | undefined => found.processes["web"]?.command;
const warnings = (found: BuildPlan): string[] =>
  found.summary.filter((line) => line.startsWith("warning: "));

const express = { dependencies: { express: "5" }, scripts: { start: "node server.js" } };

describe("a Node app", () => {
  it("is installed, built and started as its package.json says, and the summary shows it", () => {
    const found = plan({
      "package.json": { ...express, scripts: { build: "tsc", start: "node dist/server.js" } },
      "package-lock.json": "{}",
    });
    expect(found).toMatchObject({
      kind: "node",
      install: "npm ci",
      build: "npm run build",
      packageManager: { name: "npm", version: "11.21.2" },
      nodeVersion: "24.21.0",
    });
    expect(found.summary).toEqual([
      "detected Node 24.21.0 (package.json)",
      "install: npm ci",
      "build: npm run build",
      "web: node dist/server.js (the start script)",
    ]);
  });

  it("without dependencies needs no install", () => {
    const found = plan({ "package.json": { scripts: { start: "node s.js" } } });
    expect(found.install).toBeUndefined();
    expect(warnings(found)).toEqual([]);
  });

  it("without a lock file is installed all the same, with a warning", () => {
    const found = plan({ "package.json": express });
    expect(found.install).toBe("npm install");
    expect(warnings(found).join()).toMatch(/no lock file of npm.*commit the lock file/);
  });

  it.each<[string, Files, string, object]>([
    ["npm's older lock file", { "npm-shrinkwrap.json": "{}" }, "npm ci", { name: "npm" }],
    [
      "pnpm 10",
      { "pnpm-lock.yaml": "lockfileVersion: '9.0'\n" },
      "pnpm install --frozen-lockfile",
      { name: "pnpm", version: "10.34.9" },
    ],
    [
      "pnpm 8",
      { "pnpm-lock.yaml": "lockfileVersion: '6.0'\n" },
      "pnpm install --frozen-lockfile",
      { name: "pnpm", version: "8.15.9" },
    ],
    [
      "Yarn 1",
      { "yarn.lock": "# yarn lockfile v1\n" },
      "yarn install --frozen-lockfile",
      { name: "yarn", version: "1.22.22" },
    ],
    [
      "Yarn 4",
      { "yarn.lock": "__metadata:\n  version: 8\n" },
      "yarn install --immutable",
      { name: "yarn", version: "4.18.1" },
    ],
  ])("is installed by %s where its lock file lies", (_, lock, install, packageManager) => {
    expect(plan({ "package.json": express, ...lock })).toMatchObject({ install, packageManager });
  });

  it("is installed by what `packageManager` names, in that version, before any lock file", () => {
    const found = plan({
      "package.json": { ...express, packageManager: "pnpm@9.1.2+sha512.abc" },
      "package-lock.json": "{}",
      "pnpm-lock.yaml": "lockfileVersion: '9.0'",
    });
    expect(found.packageManager).toEqual({ name: "pnpm", version: "9.1.2" });
    expect(warnings(found)).toEqual(["warning: package-lock.json is not used: pnpm installs"]);
  });

  it("says when `packageManager` is not understood", () => {
    const found = plan({ "package.json": { ...express, packageManager: "bun@1" }, "bun.lock": "" });
    expect(warnings(found).join()).toMatch(
      /packageManager "bun@1" is not understood.*bun is not supported/,
    );
  });

  it("whose engines ask for another Node is built with a warning", () => {
    const found = plan({
      "package.json": { ...express, engines: { node: "20.x" } },
      "package-lock.json": "{}",
    });
    expect(warnings(found)).toEqual([
      "warning: engines asks for Node 20.x; this platform runs Node 24.21.0",
    ]);
    expect(
      warnings(
        plan({
          "package.json": { ...express, engines: { node: ">=20" } },
          "package-lock.json": "{}",
        }),
      ),
    ).toEqual([]);
  });

  it.each<[string, Files, string]>([
    [
      "main, where it is there",
      { "package.json": { main: "./lib/app.js" }, "lib/app.js": "" },
      "node lib/app.js",
    ],
    [
      "main, where the build will make it",
      { "package.json": { main: "dist/app.js", scripts: { build: "tsc" } } },
      "node dist/app.js",
    ],
    [
      "server.js, where main is not there",
      { "package.json": { main: "index.js" }, "server.js": "" },
      "node server.js",
    ],
    ["index.js", { "package.json": {}, "index.js": "" }, "node index.js"],
    [
      "a TypeScript file, which Node runs",
      { "package.json": {}, "server.ts": "" },
      "node server.ts",
    ],
  ])("without a start script starts %s", (_, files, command) => {
    expect(web(plan(files))).toBe(command);
  });

  it("starts what the manifest lists, and nothing else", () => {
    const found = plan(
      { "package.json": express, Procfile: "web: a\nworker: b" },
      "processes: { web: { command: node main.js, instances: 2 } }",
    );
    expect(Object.keys(found.processes)).toEqual(["web"]);
    expect(found.summary).toContain("web: node main.js (bastide.yaml, 2 instances)");
  });

  it("starts what the Procfile lists before its start script", () => {
    const found = plan({
      "package.json": express,
      Procfile: "# two\nweb: npm start\n\nworker:   node work.js $QUEUE\n",
    });
    expect(found.processes["web"]?.command).toBe("node server.js");
    expect(found.processes["worker"]?.command).toBe("node work.js $QUEUE");
  });

  it("that starts with a development dependency is warned about", () => {
    const found = plan({
      "package.json": { devDependencies: { tsx: "4" }, scripts: { start: "NODE_ENV=x tsx s.ts" } },
    });
    expect(warnings(found).join()).toMatch(/starts with `tsx`, which is in devDependencies/);
  });

  it("takes install and build commands from the manifest", () => {
    const found = plan({ "package.json": express }, "build: { install: make deps, command: make }");
    expect(found).toMatchObject({ install: "make deps", build: "make" });
  });
});

describe("a static site", () => {
  it.each([
    ["index.html", "."],
    ["public/index.html", "public"],
    ["_site/index.html", "_site"],
  ])("is found by %s", (file, output) => {
    const found = plan({ [file]: "" });
    expect(found).toMatchObject({ kind: "static", output, singlePageApp: false });
    expect(web(found)).toBe(`node .bastide/serve.mjs ${output}`);
  });

  it.each<[string, object, string, boolean]>([
    [
      "Vite",
      { devDependencies: { vite: "8" }, scripts: { build: "vite build", start: "vite" } },
      "dist",
      true,
    ],
    [
      "Astro",
      {
        dependencies: { astro: "5", vite: "8" },
        scripts: { build: "astro build", start: "astro dev" },
      },
      "dist",
      false,
    ],
    [
      "Create React App",
      {
        dependencies: { "react-scripts": "5" },
        scripts: { build: "react-scripts build", start: "react-scripts start" },
      },
      "build",
      true,
    ],
    [
      "Docusaurus",
      {
        dependencies: { "@docusaurus/core": "3" },
        scripts: { build: "docusaurus build", start: "docusaurus start" },
      },
      "build",
      false,
    ],
  ])(
    "is what a build with %s leaves, though its start script serves developers",
    (name, app, output, singlePageApp) => {
      const found = plan({ "package.json": app, "package-lock.json": "{}", "index.html": "" });
      expect(found).toMatchObject({
        kind: "static",
        install: "npm ci",
        build: "npm run build",
        output,
        singlePageApp,
      });
      expect(found.summary[0]).toBe(`detected a static site (${name})`);
    },
  );

  it("is guessed of an unknown build without anything to start", () => {
    expect(plan({ "package.json": { scripts: { build: "make-site" } } })).toMatchObject({
      kind: "static",
      output: "dist",
    });
  });

  it("lies and behaves as the manifest says", () => {
    const found = plan(
      { "package.json": { scripts: { build: "x" } } },
      "build: { output: ./out/web/, singlePageApp: true }",
    );
    expect(web(found)).toBe("node .bastide/serve.mjs out/web --single-page-app");
  });

  it("is served even where there is a start script, if the manifest says static", () => {
    expect(
      plan({ "package.json": express, "public/index.html": "" }, "build: { kind: static }").kind,
    ).toBe("static");
  });

  it.each(["../up", "/etc", "a/../../b", "it's"])("cannot lie in %j", (output) => {
    expect(() => plan({ "index.html": "" }, `build: { output: "${output}" }`)).toThrow(
      /build\.output/,
    );
  });

  it("in a directory with a space is quoted for the shell", () => {
    expect(web(plan({ "index.html": "" }, "build: { output: my site }"))).toBe(
      "node .bastide/serve.mjs 'my site'",
    );
  });
});

describe("commands that run as they are", () => {
  it("come from a Procfile", () => {
    const found = plan({ Procfile: "web: python3 app.py\n" });
    expect(found).toMatchObject({
      kind: "procfile",
      summary: [
        "detected commands that run as they are (Procfile)",
        "web: python3 app.py (Procfile)",
      ],
    });
    expect(found.install).toBeUndefined();
  });

  it("come from the manifest alone", () => {
    expect(plan({}, "processes: { web: { command: ./server } }").kind).toBe("procfile");
  });

  it.each([
    ["a line without a colon", "web node x", /line 1: "web node x" is not of the form/],
    ["a bad name", "web: x\nWeb_2: y", /line 2: a process's name/],
    ["a name twice", "web: x\nweb: y", /line 2: the process "web" comes twice/],
  ])("are refused for %s, naming the line", (_, Procfile, message) => {
    expect(() => plan({ Procfile })).toThrow(message);
  });

  it("leave out Heroku's release phase, with a warning", () => {
    const found = plan({ Procfile: "web: x\nrelease: migrate" });
    expect(Object.keys(found.processes)).toEqual(["web"]);
    expect(warnings(found).join()).toMatch(/`release` command is not run/);
  });
});

describe("a source that is built already", () => {
  it("is neither installed nor built", () => {
    const found = plan(
      { "package.json": { ...express, scripts: { build: "tsc", start: "node dist/s.js" } } },
      "",
      true,
    );
    expect(found).toMatchObject({
      kind: "prebuilt",
      processes: { web: { command: "node dist/s.js" } },
    });
    expect([found.install, found.build]).toEqual([undefined, undefined]);
    expect(found.summary[0]).toBe("prebuilt: nothing is installed or built");
  });

  it("may be the result of a site's build", () => {
    const found = plan(
      {
        "package.json": { devDependencies: { vite: "8" }, scripts: { build: "vite build" } },
        "dist/index.html": "",
        "index.html": "",
      },
      "",
      true,
    );
    expect(found).toMatchObject({ kind: "prebuilt", output: "dist" });
  });
});

describe("a directory without an app", () => {
  it("is refused, saying what was looked for and what to add", () => {
    expect(() => plan({ "readme.md": "" })).toThrow(
      /No application was found\. Looked for package\.json.*Procfile.*index\.html.*Add one of them/,
    );
    expect(() => plan({})).toThrow(expect.objectContaining({ code: "no-application" }));
  });

  it("is refused naming what it seems to be", () => {
    expect(() => plan({ "go.mod": "" })).toThrow(/go\.mod looks like a Go app/);
  });

  it("is refused where package.json has nothing to run", () => {
    expect(() => plan({ "package.json": { dependencies: { a: "1" } } })).toThrow(
      /package\.json has no start script/,
    );
  });

  it("is refused where package.json is broken", () => {
    expect(() => plan({ "package.json": "{" })).toThrow(/package\.json cannot be used/);
    expect(() => plan({ "package.json": { scripts: [] } })).toThrow(/scripts: /);
  });

  it("is refused where the manifest asks for what is not there", () => {
    expect(() => plan({}, "build: { kind: node }")).toThrow(/there is no package\.json/);
    expect(() => plan({}, "build: { kind: procfile }")).toThrow(/there is no Procfile/);
    expect(() => plan({}, "build: { kind: static }")).toThrow(/needs an index\.html/);
  });

  it("hands on the manifest's plain configuration", () => {
    const tree = new MemoryTree({ "index.html": "<p>" });
    expect(detect(tree, { env: { GREETING: "hello" } })).toMatchObject({
      environmentVariables: { GREETING: "hello" },
    });
    expect(detect(tree)).not.toHaveProperty("environmentVariables");
  });
});
