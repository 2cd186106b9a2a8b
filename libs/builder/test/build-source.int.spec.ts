import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { extractArchive } from "../src/archive/read-archive.ts";
import type { BuiltArtefact } from "../src/build/build-source.ts";
import { compareBuilds } from "../src/build/compare-builds.ts";
import { Workshop, type Files } from "./build-fixture.ts";

let shop: Workshop;
beforeAll(async () => {
  shop = await Workshop.open();
});
afterAll(() => shop[Symbol.asyncDispose]());

let unpacked = 0;
async function unpack(built: BuiltArtefact): Promise<string> {
  const directory = join(shop.root, `artefact-${(unpacked += 1)}`);
  await extractArchive(createReadStream(built.artefactFile), directory);
  return directory;
}
const textOf = async (built: BuiltArtefact, path: string): Promise<string> =>
  readFile(join(await unpack(built), path), "utf8");

const built = (files: Files, script: string): Files => ({
  "package.json": { scripts: { build: script, start: "node s.js" } },
  ...files,
});

describe("building a source without dependencies", () => {
  it("runs its build script with npm's variables, away from the host", async () => {
    const source = await shop.source(
      built(
        {},
        "node -e \"fs.writeFileSync('out', [process.env.npm_package_name, process.env.NODE_ENV, process.cwd(), process.env.SECRET].join())\"",
      ),
    );
    expect(await textOf(await shop.build(source), "out")).toBe(",production,/build,");
  });

  it("lets scripts call npm and hands them the app's configuration", async () => {
    const app = {
      scripts: {
        prebuild: "echo pre > pre",
        build: "npm run -s inner",
        inner: "echo $GREETING > out",
        start: "node s.js",
      },
    };
    const source = await shop.source({ "package.json": app });
    const result = await shop.build(source, { environment: { GREETING: "hello" } });
    expect(await textOf(result, "out")).toBe("hello\n");
    expect(await textOf(result, "pre")).toBe("pre\n");
  });

  it("tells the plan before anything runs, then every line, and how long each step took", async () => {
    const lines: string[] = [];
    const source = await shop.source(built({}, "echo one; echo two >&2"));
    const result = await shop.build(source, {
      onLog: (line) => lines.push(line),
      onPlan: () => lines.push("(plan)"),
    });
    expect(lines.slice(0, 5)).toEqual([
      "detected Node 24.21.0 (package.json)",
      "build: npm run build",
      "web: node s.js (the start script)",
      "(plan)",
      "$ npm run build",
    ]);
    expect(lines.slice(5, 7).toSorted()).toEqual(["one", "two"]);
    expect(Object.keys(result.timingsMs)).toEqual([
      "extract",
      "plan",
      "install",
      "build",
      "prune",
      "sbom",
      "pack",
    ]);
  });

  it("leaves the platform's own directory out of the artefact, also one that the source brings", async () => {
    const source = await shop.source(built({}, "ls .bastide/bin > tools"));
    const directory = await unpack(await shop.build(source));
    expect((await readdir(directory)).toSorted()).toEqual(["package.json", "tools"]);
    expect(await readFile(join(directory, "tools"), "utf8")).toBe("npm\nnpx\n");
  });

  it("takes a source that is built already as it is", async () => {
    const source = await shop.source(
      {
        "package.json": { scripts: { build: "exit 1", start: "node s.js" } },
        "s.js": "",
        "node_modules/a/package.json": { name: "a", version: "1.0.0" },
      },
      true,
    );
    const result = await shop.build(source, { prebuilt: true });
    expect(result).toMatchObject({ plan: { kind: "prebuilt" }, dependencyCache: "unused" });
    expect(await readFile(result.sbomFile, "utf8")).toContain("pkg:npm/a@1.0.0");
  });
});

describe("building a static site", () => {
  it("makes an artefact of the site and its server alone", async () => {
    const app = {
      scripts: { build: "mkdir -p web/a && echo hi > web/index.html && echo x > web/a/b.css" },
    };
    const source = await shop.source({
      "package.json": app,
      "bastide.yaml": "build: { output: web }",
      "src/secret.ts": "",
    });
    const result = await shop.build(source);
    const directory = await unpack(result);
    expect((await readdir(directory, { recursive: true })).toSorted()).toEqual([
      ".bastide",
      ".bastide/serve.mjs",
      "web",
      "web/a",
      "web/a/b.css",
      "web/index.html",
    ]);
    expect(result.plan.processes["web"]?.command).toBe("node .bastide/serve.mjs web");
  });

  it("finds where an unknown build left it", async () => {
    const source = await shop.source({
      "package.json": { scripts: { build: "mkdir _site && echo hi > _site/index.html" } },
    });
    const { plan } = await shop.build(source);
    expect(plan).toMatchObject({
      output: "_site",
      processes: { web: { command: "node .bastide/serve.mjs _site" } },
    });
  });

  it("keeps settings and dot files of a site that is the whole source behind", async () => {
    const source = await shop.source({
      "index.html": "x",
      "bastide.yaml": "env: { A: b }",
      ".env": "S=1",
      ".well-known/x": "y",
    });
    expect((await readdir(await unpack(await shop.build(source)))).toSorted()).toEqual([
      ".bastide",
      ".well-known",
      "index.html",
    ]);
  });

  it("says so when the build left none", async () => {
    const source = await shop.source({ "package.json": { scripts: { build: "true" } } });
    await expect(shop.build(source)).rejects.toThrow(
      /`npm run build` ended well, but it has no index\.html \(looked for dist\/index\.html.*build\.output/,
    );
  });

  it("refuses a site that is a link to elsewhere", async () => {
    const source = await shop.source({
      "package.json": {
        scripts: { build: "mkdir real && echo x > real/index.html && ln -s real dist" },
      },
    });
    await expect(shop.build(source)).rejects.toThrow(/dist is a link/);
  });
});

describe("a build that goes wrong", () => {
  it("names the command, its exit code, its last lines and the fix", async () => {
    const source = await shop.source(built({}, "echo broken here; tsc"));
    await expect(shop.build(source)).rejects.toMatchObject({
      code: "build-failed",
      command: "npm run build",
      exitCode: 127,
      lastLines: expect.arrayContaining(["broken here"]),
      message: expect.stringContaining("`tsc` is not there: add the package"),
    });
  });

  it("and hangs is ended at its limit, with its last line", async () => {
    const source = await shop.source(built({}, "echo watching; sleep 600"));
    const build = shop.build(source, { timeoutMs: 1000 });
    await expect(build).rejects.toMatchObject({
      code: "build-timeout",
      message: expect.stringMatching(/limit of 1 s\. Its last line was: watching/),
    });
  });

  it("is cancelled with the caller's reason", async () => {
    const controller = new AbortController();
    const source = await shop.source(built({}, "echo started; sleep 600"));
    const onLog = (line: string): void => {
      if (line === "started") controller.abort(new Error("replaced by a newer deployment"));
    };
    await expect(shop.build(source, { signal: controller.signal, onLog })).rejects.toThrow(
      "replaced by a newer deployment",
    );
  });

  it("leaves a link out of the app is refused, so that nothing of the host gets into an artefact", async () => {
    const source = await shop.source(built({}, "ln -s /etc/shadow stolen"));
    await expect(shop.build(source)).rejects.toMatchObject({
      code: "unsafe-archive",
      message: expect.stringContaining('"stolen"'),
    });
  });

  it("with another source than announced is refused", async () => {
    const source = await shop.source({ "index.html": "" });
    await expect(
      shop.build({ ...source, digest: `sha256:${"0".repeat(64)}` }),
    ).rejects.toMatchObject({ code: "digest-mismatch" });
  });

  it.each<[string, Files, string]>([
    ["a wrong manifest", { "bastide.yaml": "proceses: {}", "index.html": "" }, "invalid-manifest"],
    ["no app", { "readme.md": "" }, "no-application"],
  ])("has %s", async (_, files, code) => {
    await expect(shop.build(await shop.source(files))).rejects.toMatchObject({ code });
  });
});

describe("building twice", () => {
  it("tells a reproducible build", async () => {
    const source = await shop.source(built({}, "date -u -d @$SOURCE_DATE_EPOCH > out"));
    const compared = await compareBuilds({
      ...(await shop.options()),
      sourceDigest: source.digest,
      openSource: () => createReadStream(source.file),
    });
    expect(compared).toMatchObject({ reproducible: true, differences: [] });
    expect(await textOf(compared.built, "out")).toContain("1980");
  });

  it("names what differs in one that is not", async () => {
    const source = await shop.source(built({}, "head -c 8 /dev/urandom > out; echo same > same"));
    const compared = await compareBuilds({
      ...(await shop.options()),
      sourceDigest: source.digest,
      openSource: () => createReadStream(source.file),
    });
    expect(compared).toMatchObject({ reproducible: false, differences: ["out"] });
  });
});
