import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { INSTALLATION } from "../src/index.ts";
import { platform } from "./here.ts";

/** Express and Socket.IO, by the author of reveal.js; MIT. As npm has it, so that it is nobody's example of ours. */
const EXPRESS_APP = {
  name: "reveal-multiplex@0.1.0",
  sha512:
    "dAEr7HuEda/rQcFeQO6ZfBobQpAi0cGemT5lpf/+/4iKmuCBsec9k803lfaiSIDTUKm7mYXicprBfef2PoGGLw==",
};
/** Playwright's viewer of traces as it is published, and as trace.playwright.dev serves it; Apache-2.0, from the lock. */
const STATIC_SITE = join(INSTALLATION, "node_modules/playwright-core/lib/vite/traceViewer");

let directory: string;
beforeAll(async () => (directory = await mkdtemp(join(tmpdir(), "bastide-others-"))));
afterAll(async () => {
  for (const app of ["e2e-their-express", "e2e-their-site"])
    await platform().cli(["destroy", "--app", app, "--yes"]);
  await rm(directory, { recursive: true, force: true });
});

/** The registry cannot be reached from here, or does not have it. */
const NOT_THERE = /E404|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH/;

/** The package as its author published it, unpacked; undefined where the registry does not give it. */
async function published({ name, sha512 }: typeof EXPRESS_APP): Promise<string | undefined> {
  const npm = join(INSTALLATION, "node_modules/.bin/npm");
  // The home of who runs this may not be theirs to write to.
  const cache = join(directory, "cache");
  const places = ["--pack-destination", directory, "--cache", cache];
  const { status, stderr } = spawnSync(npm, ["pack", name, "--loglevel=error", ...places], {
    encoding: "utf8",
  });
  if (status !== 0 && NOT_THERE.test(stderr)) return undefined;
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const archive = (await readdir(directory)).find((file) => file.endsWith(".tgz")) ?? "";
  const bytes = await readFile(join(directory, archive));
  expect(createHash("sha512").update(bytes).digest("base64")).toBe(sha512);
  execFileSync("tar", ["-xzf", archive], { cwd: directory });
  return join(directory, "package");
}

async function deploy(path: string, app: string): Promise<string> {
  expect((await readdir(path)).filter((name) => /bastide|procfile/i.test(name))).toEqual([]);
  const { code, stdout, stderr } = await platform().cli(["deploy", path, "--app", app]);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return stderr + stdout;
}

/** The first frame that a WebSocket server sends. */
function firstFrame(app: string, path: string): Promise<string> {
  const { port } = platform();
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
    headers: { host: `${app}.localhost:${port}` },
    handshakeTimeout: 10_000,
  });
  return new Promise<string>((settle, reject) => {
    socket.once("error", reject);
    socket.once("message", (data: Buffer) => settle(data.toString()));
  }).finally(() => socket.close());
}

it("an Express app of somebody else runs as its author published it, with its WebSockets", async ({
  skip,
}) => {
  const app = "e2e-their-express";
  const source = await published(EXPRESS_APP);
  skip(source === undefined, `the registry does not give ${EXPRESS_APP.name}`);
  const said = await deploy(source ?? "", app);
  expect(said).toContain("web: node index.js (the start script)");
  const page = await platform().fetch(app);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("reveal.js multiplex server.");
  const client = await platform().fetch(app, "/client.js");
  expect(await client.text()).toBe(await readFile(join(directory, "package/client.js"), "utf8"));
  expect(client.headers.get("x-powered-by")).toBe("Express");
  expect(await firstFrame(app, "/socket.io/?EIO=3&transport=websocket")).toMatch(/^0\{"sid":/);
});

it("a static site of somebody else is served as its authors published it, with each file that its page names", async () => {
  const app = "e2e-their-site";
  await deploy(STATIC_SITE, app);
  const page = await (await platform().fetch(app)).text();
  expect(page).toBe(await readFile(join(STATIC_SITE, "index.html"), "utf8"));
  expect(page).toContain("<title>Playwright Trace Viewer</title>");
  const named = [...page.matchAll(/(?:href|src)="\.\/([^"]+)"/g)].map(([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(5);
  const scripts = named.filter((path) => path.endsWith(".js"));
  expect(scripts.length).toBeGreaterThan(0);
  const types: string[] = [];
  for (const path of named) {
    const file = await platform().fetch(app, `/${path}`);
    const bytes = Buffer.from(await file.arrayBuffer());
    expect([path, file.status]).toEqual([path, 200]);
    expect(bytes.equals(await readFile(join(STATIC_SITE, path)))).toBe(true);
    if (scripts.includes(path)) types.push(file.headers.get("content-type") ?? "");
  }
  // Browsers run no module of another type (HTML, "JavaScript MIME type").
  expect(types.filter((type) => !/^(text|application)\/javascript\b/.test(type))).toEqual([]);
});
