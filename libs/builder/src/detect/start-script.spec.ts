import type { BuildPlan } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { detect } from "./detect.ts";
import { MemoryTree } from "./source-tree.ts";

const platform = { nodeVersion: "24.21.0", npmVersion: "11.21.2" };

function plan(app: object, files: Readonly<Record<string, string>> = {}): BuildPlan {
  const tree = new MemoryTree({ "package.json": JSON.stringify(app), ...files });
  return detect(tree, {}, { platform });
}
const web = (found: BuildPlan): string | undefined => found.processes["web"]?.command;

describe("a start script", () => {
  it("does not build again what was built", () => {
    const start = "npm run build && node dist/server.js";
    expect(web(plan({ scripts: { build: "tsc", start } }))).toBe("node dist/server.js");
    expect(web(plan({ scripts: { build: "tsc", start: "tsc && node s.js" } }))).toBe("node s.js");
    expect(
      web(plan({ scripts: { build: "a b", prestart: "npm run build", start: "node s" } })),
    ).toBe("node s");
  });

  it("gives way to one that needs no development dependency", () => {
    const found = plan({
      scripts: { build: "nest build", start: "nest start", "start:prod": "node dist/main" },
      devDependencies: { "@nestjs/cli": "11" },
    });
    expect(web(found)).toBe("node dist/main");
    expect(found.summary).toContain("web: node dist/main (the script start:prod)");
    expect(found.keepsDevelopment).toBeUndefined();
  });

  it("may be called start:prod alone", () => {
    const scripts = {
      build: "tsup",
      "start:prod": "node dist/index.js",
      "start:dev": "tsx watch x",
    };
    expect(plan({ scripts })).toMatchObject({ kind: "node", build: "npm run build" });
  });

  it.each([
    ["tsx src/server.ts", "tsx"],
    ["node --import tsx src/server.ts", "tsx"],
    ["node -r ts-node/register src/server.ts", "ts-node"],
    ["NODE_ENV=production npx tsx src/server.ts", "tsx"],
    ['./setup.sh && concurrently "npm:a" "npm:b"', "concurrently"],
  ])("that needs a development dependency keeps them all: %s", (start, name) => {
    const found = plan({ scripts: { start }, devDependencies: { [name]: "1" } });
    expect(found.keepsDevelopment).toBe(true);
    expect(found.summary.join("\n")).toContain(
      `starts with \`${name}\`, which is in devDependencies`,
    );
    expect(plan({ scripts: { start }, dependencies: { [name]: "1" } }).keepsDevelopment).toBe(
      undefined,
    );
  });

  it("starts without the .env file that stayed at home, and with the one that came along", () => {
    const app = { scripts: { start: "node --env-file=.env s.js" } };
    expect(web(plan(app))).toBe("node --env-file-if-exists=.env s.js");
    expect(web(plan(app, { ".env": "A=1" }))).toBe("node --env-file=.env s.js");
  });

  it("whose tool nothing installs is warned about", () => {
    const start = "npx @scope/serve dist";
    expect(plan({ scripts: { start } }).summary.join()).toContain("npx @scope/serve` downloads it");
    const listed = plan({ scripts: { start }, dependencies: { "@scope/serve": "1" } });
    expect(listed.summary.join()).not.toContain("downloads it");
  });

  it("means the other directory's package.json after `cd`", () => {
    expect(web(plan({ scripts: { start: "cd server && npm start" } }))).toBe(
      "cd server && npm start",
    );
  });
});

describe("a framework whose build leaves a server", () => {
  it.each([
    ["next", "next start"],
    ["nuxt", "node .output/server/index.mjs"],
    ["@sveltejs/adapter-node", "node build"],
    ["@astrojs/node", "node dist/server/entry.mjs"],
  ])("needs no start script: %s", (name, command) => {
    const found = plan({
      scripts: { build: "build", start: "astro dev" },
      dependencies: { [name]: "1" },
      devDependencies: { astro: "5", vite: "8" },
    });
    expect(found.kind).toBe("node");
    expect(web(found)).toBe(command);
  });
});

describe("a plain site with tools for its maker", () => {
  const tools = { devDependencies: { "browser-sync": "2" }, dependencies: { bootstrap: "5" } };

  it("is a site, whatever its start script does", () => {
    const scripts = { build: "node make.js", start: "npm run build && node look.js" };
    expect(
      plan({ ...tools, scripts }, { "dist/index.html": "", "look.js": "watch()" }),
    ).toMatchObject({ kind: "static", output: "dist", build: "npm run build" });
    const gulp = { scripts: { start: "gulp watch" }, devDependencies: { gulp: "5" } };
    expect(plan(gulp, { "index.html": "" })).toMatchObject({ kind: "static", output: "." });
  });

  it("is a server when it has a library for that, or a file that listens", () => {
    const scripts = { start: "node server.js" };
    const pages = { "public/index.html": "" };
    const express = { ...tools, dependencies: { express: "5" }, scripts };
    expect(plan(express, { ...pages, "server.js": "" }).kind).toBe("node");
    const plain = { "server.js": "require('http').createServer(f).listen(process.env.PORT)" };
    expect(plan({ ...tools, scripts }, { ...pages, ...plain }).kind).toBe("node");
  });
});
