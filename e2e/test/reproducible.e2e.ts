import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { endpoints, type Release } from "@bastide/contracts";
import { describe, expect, it } from "vitest";
import { INSTALLATION } from "../src/index.ts";
import { platform } from "./here.ts";

const run = promisify(execFile);

/** Deploys with two builds that are compared, and gives the newest release. */
async function verified(source: string, app: string): Promise<Release> {
  await platform().json(["deploy", source, "--app", app, "--verify-reproducible"]);
  return newest(app);
}

async function newest(app: string): Promise<Release> {
  const api = await platform().api();
  const { items } = await api.call(endpoints.releases.list, {
    parameters: { organisation: "main", project: "main", app, environment: "production" },
    query: {},
    signal: AbortSignal.timeout(15_000),
  });
  const [release] = items;
  if (release === undefined) throw new Error(`${app} has no release`);
  return release;
}

/** An app of one file whose build writes what `expression` gives; removed when it is disposed of. */
async function built(expression: string) {
  const path = await mkdtemp(join(tmpdir(), "bastide-reproducible-"));
  const scripts = { build: "node build.js", start: "node server.js" };
  await writeFile(join(path, "package.json"), JSON.stringify({ name: "stamped", scripts }));
  await writeFile(
    join(path, "build.js"),
    `require("node:fs").writeFileSync("stamp.txt", String(${expression}));`,
  );
  await writeFile(
    join(path, "server.js"),
    `require("node:http").createServer((_, answer) => answer.end(require("node:fs").readFileSync("stamp.txt"))).listen(process.env.PORT);`,
  );
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

describe("a build that is made twice", () => {
  it.each(["node-http", "express-typescript", "static-site", "websocket-chat", "worker"])(
    "of the example %s gives the same artefact",
    async (name) => {
      const release = await verified(join(INSTALLATION, "examples", name), `e2e-twice-${name}`);
      expect(release.reproducible).toBe(true);
    },
  );

  it("and writes the time is deployed all the same, and its release says that it is not reproducible", async () => {
    await using app = await built("process.hrtime.bigint()");
    const release = await verified(app.path, "e2e-stamped");
    expect(release.reproducible).toBe(false);
    expect(await (await platform().fetch("e2e-stamped")).text()).toMatch(/^\d+$/);
  });
});

describe("a Git repository", () => {
  it("is deployed from its address, at a branch, and from the path of a bare one", async () => {
    await using app = await built(`"from git"`);
    const bare = `${app.path}.git`;
    const git = (...args: string[]) =>
      run("git", ["-c", "user.name=e2e", "-c", "user.email=e2e@localhost", ...args], {
        cwd: app.path,
      });
    try {
      await git("init", "--quiet", "--initial-branch=main");
      await git("add", ".");
      await git("commit", "--quiet", "--message=first");
      await git("clone", "--quiet", "--bare", ".", bare);
      for (const source of [`file://${bare}`, `file://${bare}#main`, bare]) {
        await platform().json(["deploy", source, "--app", "e2e-git"]);
        expect(await (await platform().fetch("e2e-git")).text()).toBe("from git");
      }
      expect((await newest("e2e-git")).version).toBe(3);
    } finally {
      await rm(bare, { recursive: true, force: true });
    }
  });
});
