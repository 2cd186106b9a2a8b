import { describe, expect, it } from "vitest";
import { readPackageJson } from "../detect/package-json.ts";
import { detectPackageManager } from "../detect/package-manager.ts";
import { MemoryTree } from "../detect/source-tree.ts";
import { cacheKey, uncacheable } from "./cache-key.ts";

const platform = { nodeVersion: "24.0.0", npmVersion: "11.0.0" };

function source(app: object, files: Record<string, string> = { "package-lock.json": "{}" }) {
  const tree = new MemoryTree({ "package.json": JSON.stringify(app), ...files });
  const parsed = readPackageJson(tree);
  if (parsed === undefined) throw new Error("no package.json");
  return { tree, app: parsed, manager: detectPackageManager(tree, parsed, platform) };
}
const reason = (app: object, files?: Record<string, string>): string | undefined => {
  const { tree, app: parsed, manager } = source(app, files);
  return uncacheable(tree, parsed, manager);
};

describe("a cached install", () => {
  it("stands for a new one where the lock file decides everything", () => {
    expect(
      reason({
        dependencies: { a: "^1", b: "npm:c@2", d: "github:e/f" },
        scripts: { build: "x", start: "y", prebuild: "z" },
      }),
    ).toBeUndefined();
  });

  it.each<[string, object, Record<string, string> | undefined, RegExp]>([
    ["no lock file", { dependencies: { a: "1" } }, {}, /no lock file/],
    [
      "an install script",
      { scripts: { postinstall: "x" } },
      undefined,
      /install script `postinstall`/,
    ],
    ["a prepare script", { scripts: { prepare: "x" } }, undefined, /`prepare`/],
    ["workspaces", { workspaces: ["packages/*"] }, undefined, /workspaces/],
    [
      "pnpm's workspaces",
      {},
      { "pnpm-lock.yaml": "", "pnpm-workspace.yaml": "packages:\n  - a" },
      /workspaces/,
    ],
    ["pnpm's hooks", {}, { "pnpm-lock.yaml": "", ".pnpmfile.cjs": "" }, /pnpmfile/],
    [
      "a dependency beside the app",
      { dependencies: { a: "file:../a" } },
      undefined,
      /file of the source/,
    ],
    ["a dependency as a path", { dependencies: { a: "./a" } }, undefined, /file of the source/],
    [
      "a patched dependency",
      { pnpm: { patchedDependencies: { a: "patches/a" } } },
      undefined,
      /file of the source/,
    ],
    ["an override by a file", { overrides: { a: "file:a.tgz" } }, undefined, /file of the source/],
  ])("is not trusted with %s", (_, app, files, expected) => {
    expect(reason(app, files)).toMatch(expected);
  });

  const key = (
    changed: {
      app?: object;
      files?: Record<string, string>;
      project?: string;
      nodeVersion?: string;
      variants?: string[];
      environment?: Record<string, string>;
    } = {},
  ): string =>
    cacheKey({
      project: "acme/main",
      nodeVersion: "24.0.0",
      variants: ["full"],
      environment: {},
      ...source({ dependencies: { a: "1" }, ...changed.app }, changed.files),
      ...(changed.project === undefined ? {} : { project: changed.project }),
      ...(changed.nodeVersion === undefined ? {} : { nodeVersion: changed.nodeVersion }),
      ...(changed.variants === undefined ? {} : { variants: changed.variants }),
      ...(changed.environment === undefined ? {} : { environment: changed.environment }),
    });

  it("serves sources that differ in nothing that an install sees", () => {
    expect(key({ app: { name: "other", version: "2.0.0", scripts: { build: "x" } } })).toBe(key());
    expect(key({ environment: { A: "1", B: "2" } })).toBe(key({ environment: { B: "2", A: "1" } }));
  });

  it("is another for anything that an install sees", () => {
    const keys = [
      key(),
      key({ app: { dependencies: { a: "2" } } }),
      key({ app: { devDependencies: { b: "1" } } }),
      key({ app: { overrides: { b: "1" } } }),
      key({ files: { "package-lock.json": '{"a":1}' } }),
      key({ files: { "package-lock.json": "{}", ".npmrc": "registry=x" } }),
      key({ files: { "yarn.lock": "{}" } }),
      key({ project: "other/main" }),
      key({ nodeVersion: "26.0.0" }),
      key({ variants: ["production"] }),
      key({ environment: { A: "1" } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
