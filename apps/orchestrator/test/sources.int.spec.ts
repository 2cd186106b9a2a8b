import { type ApiClient, ApiError, endpoints } from "@bastide/contracts";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { create, Header } from "tar";
import { DataSource } from "typeorm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startOrchestrator, type TestOrchestrator } from "./orchestrator.ts";

const signal = AbortSignal.timeout(60_000);
const parameters = { organisation: "main", project: "main", app: "shop" };
const LIMIT_BYTES = 2 * 1024 * 1024;

let orchestrator: TestOrchestrator;
let admin: ApiClient;
beforeAll(async () => {
  orchestrator = await startOrchestrator(undefined, { maxSourceBytes: LIMIT_BYTES });
  admin = orchestrator.client(orchestrator.tokens.admin);
  await admin.call(endpoints.apps.put, { parameters, signal });
});
afterAll(() => orchestrator[Symbol.asyncDispose]());

const upload = (body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>) =>
  admin.call(endpoints.sources.upload, {
    parameters,
    body,
    headers: { "content-type": "application/octet-stream" },
    signal,
  });

const problemOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => (error instanceof ApiError ? error.problem : error),
  );

/** Blobs and unfinished writes, by name. */
const kept = async () =>
  (await readdir(orchestrator.config.blobsDirectory, { recursive: true })).toSorted();

/** A tar of one file with any path, as no well-meaning tool makes it. */
function hostileTar(
  path: string,
  type: "File" | "SymbolicLink" | "Link" = "File",
  linkpath = "",
): Buffer {
  const block = Buffer.alloc(512);
  new Header({ path, type, linkpath, size: 0, mode: 0o644, mtime: new Date(0) }).encode(block);
  return Buffer.concat([block, Buffer.alloc(1024)]);
}

describe("uploads", () => {
  it("are stored by their content, gzipped or not", async () => {
    const directory = await mkdtemp("/tmp/bastide-sources-");
    await writeFile(join(directory, "index.js"), "console.log(1)\n");
    await symlink("index.js", join(directory, "main.js"));
    const file = join(directory, "../", `${directory.slice(5)}.tar`);
    await create({ cwd: directory, file, portable: true, mtime: new Date(0) }, ["."]);
    const { readFile } = await import("node:fs/promises");
    const tar = new Uint8Array(await readFile(file));
    const plain = await upload(tar);
    expect(plain).toMatchObject({ digest: expect.stringMatching(/^sha256:/), files: 2 });
    expect(await upload(new Uint8Array(gzipSync(tar)))).toEqual(plain);
    await Promise.all([rm(directory, { recursive: true }), rm(file)]);
  });

  it.each([
    ["a path that leaves", hostileTar("../../etc/passwd")],
    ["an absolute path", hostileTar("/etc/passwd")],
    ["a link that leaves", hostileTar("link", "SymbolicLink", "../../etc")],
    ["an absolute link", hostileTar("link", "SymbolicLink", "/etc/passwd")],
    ["a hard link", hostileTar("link", "Link", "/etc/passwd")],
  ])("with %s are refused, and nothing is kept", async (_, tar) => {
    const before = await kept();
    expect(await problemOf(upload(new Uint8Array(tar)))).toMatchObject({ code: "unsafe-archive" });
    expect(await problemOf(upload(new Uint8Array(gzipSync(tar))))).toMatchObject({
      code: "unsafe-archive",
    });
    expect(await kept()).toEqual(before);
  });

  it("that are no archive are refused", async () => {
    const problem = await problemOf(upload(new Uint8Array(randomBytes(5000))));
    expect(problem).toMatchObject({ status: 422 });
  });

  it("that say that they are too large are refused before they are read", async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const call = request(
        `${orchestrator.url}/v1/organisations/main/projects/main/apps/shop/sources`,
        {
          method: "POST",
          headers: {
            authorization: `Bearer ${orchestrator.tokens.admin}`,
            "content-type": "application/octet-stream",
            "content-length": 10 * 1024 ** 3,
          },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
          call.destroy();
        },
      );
      call.on("error", reject);
      call.flushHeaders();
    });
    expect(status).toBe(413);
  });

  it("that turn out too large are refused with the limit and the fix, and nothing is kept", async () => {
    const before = await kept();
    const chunk = randomBytes(64 * 1024);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += chunk.length;
        if (sent > LIMIT_BYTES * 2) controller.close();
        else controller.enqueue(sent === chunk.length ? largeFileHeader() : chunk);
      },
    });
    const problem = await problemOf(upload(body));
    expect(problem).toMatchObject({ code: "too-large" });
    expect(problem).toMatchObject({ detail: expect.stringContaining("limit is 2 MiB") });
    expect(await kept()).toEqual(before);
  });

  it("without end are answered, and their connection is closed", async () => {
    const problem = await new Promise<string>((resolve, reject) => {
      const call = request(
        `${orchestrator.url}/v1/organisations/main/projects/main/apps/shop/sources`,
        {
          method: "POST",
          headers: {
            authorization: `Bearer ${orchestrator.tokens.admin}`,
            "content-type": "application/octet-stream",
          },
        },
        (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          call.once("close", () => resolve(text));
        },
      );
      call.on("error", (error) => call.destroyed || reject(error));
      const chunk = Buffer.alloc(64 * 1024);
      const send = () => {
        while (!call.destroyed && call.write(chunk));
      };
      call.on("drain", send);
      call.write(largeFileHeader());
      send();
    });
    expect(JSON.parse(problem)).toMatchObject({ code: "too-large" });
  });

  it("that break off leave nothing behind", async () => {
    const before = await kept();
    const controller = new AbortController();
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(largeFileHeader()),
      pull: () => controller.abort(),
    });
    const call = admin.call(endpoints.sources.upload, {
      parameters,
      body,
      headers: { "content-type": "application/octet-stream" },
      signal: controller.signal,
    });
    await expect(call).rejects.toThrow("abort");
    await expect.poll(kept, { timeout: 30_000 }).toEqual(before);
  });

  it("of what was uploaded before are kept as long as new ones", async () => {
    const database = orchestrator.app.get(DataSource);
    const tar = hostileTar("index.js");
    const { digest } = await upload(new Uint8Array(tar));
    await database.query(
      "update sources set created_at = now() - interval '23 hours' where digest = $1",
      [digest],
    );
    await upload(new Uint8Array(tar));
    const rows: unknown = await database.query(
      "select created_at > now() - interval '1 hour' as fresh from sources where digest = $1",
      [digest],
    );
    expect(rows).toEqual([{ fresh: true }]);
  });

  it("need the bytes as their content type", async () => {
    const call = admin.call(endpoints.sources.upload, {
      parameters,
      body: "{}",
      headers: { "content-type": "application/json" },
      signal,
    });
    expect(await problemOf(call)).toMatchObject({
      code: "invalid-request",
      detail: expect.stringContaining("application/octet-stream"),
    });
  });
});

/** The header of a file of 1 GiB less a bit, of which some bytes follow. */
function largeFileHeader(): Uint8Array<ArrayBuffer> {
  const block = Buffer.alloc(512);
  new Header({
    path: "big",
    type: "File",
    size: 512 * 1024 ** 2,
    mode: 0o644,
    mtime: new Date(0),
  }).encode(block);
  return new Uint8Array(block);
}
