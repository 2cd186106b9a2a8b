import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { Agent, request, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../tools/testing/free-port.ts";
import { staticServerFile } from "../src/build/static-artefact.ts";
import { writeTree } from "./build-fixture.ts";

let root: string;
const started: ChildProcess[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "builder-site-"));
  await writeTree(join(root, "site"), {
    "index.html": "<h1>home</h1>",
    "about.html": "about",
    "docs/index.html": "docs",
    "404.html": "nothing here",
    "app.js": "0123456789",
    "assets/app-4f2a9c1b.js": "hashed",
    "empty.txt": "",
    ".env": "SECRET=1",
    ".well-known/security.txt": "contact",
    "with space.txt": "space",
    "big.bin": "x".repeat(8_000_000),
  });
  await writeTree(root, { outside: "secret of the host" });
});
afterAll(async () => {
  for (const child of started) child.kill("SIGKILL");
  await rm(root, { recursive: true, force: true });
});

interface Served {
  readonly port: number;
  readonly child: ChildProcess;
}

async function serve(...flags: string[]): Promise<Served> {
  const port = await freePort();
  const child = spawn(process.execPath, [staticServerFile, "site", ...flags], {
    cwd: root,
    env: { PORT: String(port), HOST: "127.0.0.1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  await once(child.stdout, "data");
  return { port, child };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

async function ask(
  { port }: Served,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
  agent?: Agent,
): Promise<Answer> {
  const sent = request({
    port,
    host: "127.0.0.1",
    path,
    headers,
    method,
    ...(agent === undefined ? {} : { agent }),
  }).end();
  const [response] = await once(sent, "response");
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, text };
}

describe("the static server", () => {
  let site: Served;
  beforeAll(async () => {
    site = await serve();
  });

  it("answers clean paths, and redirects to a directory's own", async () => {
    expect(await ask(site, "/")).toMatchObject({ status: 200, text: "<h1>home</h1>" });
    expect(await ask(site, "/about")).toMatchObject({ status: 200, text: "about" });
    expect(await ask(site, "/docs/?a=b")).toMatchObject({ status: 200, text: "docs" });
    expect(await ask(site, "/docs?a=b")).toMatchObject({
      status: 308,
      headers: { location: "/docs/?a=b" },
    });
    expect(await ask(site, "/with%20space.txt")).toMatchObject({ status: 200, text: "space" });
    expect(await ask(site, "/empty.txt")).toMatchObject({ status: 200, text: "" });
  });

  it("never redirects to another host", async () => {
    const { headers } = await ask(site, "//docs");
    expect(headers.location ?? "/docs/").toBe("/docs/");
  });

  it("says what a file is and how long it may be kept", async () => {
    expect((await ask(site, "/")).headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "public, max-age=0, must-revalidate",
      "x-content-type-options": "nosniff",
    });
    expect((await ask(site, "/assets/app-4f2a9c1b.js")).headers["cache-control"]).toContain(
      "immutable",
    );
  });

  it("answers 304 to whoever has the same content", async () => {
    const { headers } = await ask(site, "/app.js");
    expect(headers.etag).toMatch(/^"[\w-]{22}"$/);
    const again = await ask(site, "/app.js", { "if-none-match": headers.etag ?? "" });
    expect(again).toMatchObject({ status: 304, text: "" });
    expect(again.headers.etag).toBe(headers.etag);
    expect(await ask(site, "/app.js", { "if-none-match": '"other"' })).toMatchObject({
      status: 200,
    });
  });

  it("has another tag for other content of the same size and time", async () => {
    const tags = await Promise.all(
      ["/about", "/docs/"].map(async (path) => (await ask(site, path)).headers.etag),
    );
    expect(new Set(tags).size).toBe(2);
  });

  it.each([
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=0-99", 206, "0123456789", "bytes 0-9/10"],
    ["lines=1-2", 200, "0123456789", undefined],
  ])("answers the range %s with %i", async (range, status, text, contentRange) => {
    const answer = await ask(site, "/app.js", { range });
    expect(answer).toMatchObject({ status, text });
    expect(answer.headers["content-range"]).toBe(contentRange);
  });

  it("refuses a range that is not there", async () => {
    for (const range of ["bytes=50-60", "bytes=5-2"])
      expect(await ask(site, "/app.js", { range })).toMatchObject({
        status: 416,
        headers: { "content-range": "bytes */10" },
      });
  });

  it("answers HEAD with the headers of GET, and other methods with 405", async () => {
    expect(await ask(site, "/app.js", {}, "HEAD")).toMatchObject({
      status: 200,
      text: "",
      headers: { "content-length": "10" },
    });
    expect(await ask(site, "/app.js", {}, "POST")).toMatchObject({
      status: 405,
      headers: { allow: "GET, HEAD" },
    });
  });

  it.each([
    "/.env",
    "/../outside",
    "/%2e%2e/outside",
    "/..%2foutside",
    "/docs/../../outside",
    "/%00",
    "/%zz",
  ])("gives nothing for %s", async (path) => {
    const { status, text } = await ask(site, path);
    expect([400, 403, 404]).toContain(status);
    expect(text).not.toMatch(/SECRET|secret/);
  });

  it("gives what lies in /.well-known/", async () => {
    expect(await ask(site, "/.well-known/security.txt")).toMatchObject({
      status: 200,
      text: "contact",
    });
  });

  it("answers what is missing with the site's own page, as 404", async () => {
    const answer = await ask(site, "/gone", { range: "bytes=0-1", "if-none-match": "*" });
    expect(answer).toMatchObject({
      status: 404,
      text: "nothing here",
      headers: { "cache-control": "no-store" },
    });
  });

  it("answers a page of a single-page app, though not a missing file, with its index", async () => {
    const app = await serve("--single-page-app");
    expect(await ask(app, "/users/7")).toMatchObject({ status: 200, text: "<h1>home</h1>" });
    expect(await ask(app, "/gone.js")).toMatchObject({ status: 404 });
  });

  it("keeps no file open for clients that went away", async () => {
    const descriptors = async (): Promise<number> =>
      (await readdir(`/proc/${site.child.pid}/fd`)).length;
    await ask(site, "/");
    const before = await descriptors();
    for (let count = 0; count < 30; count += 1) {
      const socket = connect(site.port, "127.0.0.1");
      socket.write("GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n");
      await once(socket, "data");
      socket.destroy();
    }
    await expect.poll(descriptors, { timeout: 30_000 }).toBeLessThanOrEqual(before + 2);
  });

  it("finishes what it has begun when it is asked to end, takes nothing new, and ends", async () => {
    const ending = await serve();
    const agent = new Agent({ keepAlive: true });
    await ask(ending, "/", {}, "GET", agent);
    const sent = request({
      port: ending.port,
      host: "127.0.0.1",
      path: "/big.bin",
      agent: false,
    }).end();
    const [response] = await once(sent, "response");
    ending.child.kill("SIGTERM");
    await expect
      .poll(
        () =>
          ask(ending, "/").then(
            () => "open",
            (error: Error & { code?: string }) => error.code,
          ),
        { timeout: 30_000 },
      )
      .toBe("ECONNREFUSED");
    let sizeBytes = 0;
    for await (const chunk of response) sizeBytes += chunk.length;
    expect(sizeBytes).toBe(8_000_000);
    const [code] =
      ending.child.exitCode === null ? await once(ending.child, "exit") : [ending.child.exitCode];
    expect(code).toBe(0);
    agent.destroy();
  });

  it("says why it cannot start", async () => {
    const taken = spawn(process.execPath, [staticServerFile, "site"], {
      cwd: root,
      env: { PORT: String(site.port) },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [message] = await once(taken.stderr, "data");
    expect(String(message)).toMatch(/Cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
  });
});
